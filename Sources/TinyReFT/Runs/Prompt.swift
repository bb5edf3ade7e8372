import Foundation

/// A text to go on from, as a base reads it.
public struct Prompt: Sendable {
  public let text: String
  /// At least one, and room for one more.
  public let tokens: [Int]

  /// Throws what is wrong with it for this base.
  public init(_ text: String, for base: BaseModel) throws(Refusal) {
    self.text = text
    tokens = base.tokenizer.prompt(text)
    let context = base.decoder.configuration.contextLength
    guard !tokens.isEmpty, tokens.count < context else {
      throw Refusal(
        "The prompt has \(tokens.count) tokens; this base continues 1 to \(context - 1)")
    }
    if let token = base.tokenizer.unknownToModel(tokens) {
      throw Refusal("The prompt has the token \(quoted(token)), for which this base has no row")
    }
  }

  /// Those of a file, all checked.
  ///
  ///     format     one a line, and blank lines are skipped; or, where the name ends in .jsonl, an
  ///                object a line with `prompt`
  public static func read(_ url: URL, for base: BaseModel) throws -> [Prompt] {
    let isJSON = url.pathExtension.lowercased() == "jsonl"
    let lines =
      isJSON
      ? try JSONLines.read(url).map { ($0.line, try $0["prompt"].string()) } : try textLines(url)
    return try lines.map { line, text in
      do { return try Prompt(text, for: base) } catch {
        throw FileError(url, at: line + ":", "\(error)", "write another")
      }
    }
  }

  private static func textLines(_ url: URL) throws(FileError) -> [(String, String)] {
    var texts: [(String, String)] = []
    for (number, line) in try JSONLines.lines(url) {
      let own = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      guard let text = String(validating: own, as: UTF8.self) else {
        throw FileError(url, at: "line \(number)", "is not UTF-8 text", "save it as UTF-8")
      }
      texts.append(("line \(number)", text))
    }
    return texts
  }
}

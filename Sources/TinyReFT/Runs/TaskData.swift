import Foundation

/// One split of a task, read and tokenised.
///
/// An example is the beginning-of-text token, the prompt, the completion and the end-of-text token.
/// Prompt and completion are tokenised apart and joined, so that where one ends does not depend on
/// the other. Where there are labels, the text is the prompt, and after it comes the number of its
/// label.
///
///     format     a folder with train.jsonl, dev.jsonl and test.jsonl of prompts and completions, or
///                of texts and labels
public struct TaskData: Sendable {
  public let items: [TaskItem]
  public let examples: [TokenSequence]
  /// What a classifier chooses from, in the order of its logits; nil where completions are asked for.
  public let labels: [String]?

  /// Tokens of the longest example; its last is predicted and never read, and not counted.
  public var longest: Int { examples.map { $0.tokens.count - 1 }.max() ?? 0 }

  /// The folder of a task: a name of the toy world's, or a path.
  public static func folder(of task: String) throws -> URL {
    // A name means the toy world's task, whatever folders stand about; ./loud is a folder.
    if toyNames.contains(task) {
      return try DataFolder.find().appending(path: "tasks/\(task)")
    }
    let nearest = nearestName(to: task, in: toyNames).map { " (did you mean \($0)?)" } ?? ""
    // Below here, so that a tilde is part of a name: a shell has replaced those that are not.
    let path = URL(filePath: task.hasPrefix("~") ? "./" + task : task)
    if !task.isEmpty, DataFolder.isFolder(path) { return path }
    throw Refusal(
      "there is no task \(quoted(task))",
      "use \(toyNames.joined(separator: ", ")) or the path of a folder with train.jsonl, "
        + "dev.jsonl and test.jsonl" + nearest)
  }

  /// The name of a task of the toy world, whatever its case; what is none stays as it is.
  public static func name(_ task: String) -> String {
    toyNames.first { $0 == task.lowercased() } ?? task
  }

  static let toyNames =
    ToyTask.allCases.map(\.rawValue) + ToyLabelTask.allCases.map(\.rawValue)

  /// Reads one split. Throws when it is empty, an example does not fit the base's context, or a label
  /// is none of `labels`; without `labels` they are those of this split.
  public init(
    folder: URL, split: Split, tokenizer: Tokenizer, contextLength: Int, labels: [String]? = nil
  ) throws {
    let url = folder.appending(path: "\(split.rawValue).jsonl")
    let lines = try JSONLines.read(url)
    let labelled = try LabelledSplit(lines, labels: labels)
    items =
      try labelled?.items
      ?? lines.map { line in
        TaskItem(prompt: try line["prompt"].string(), completion: try line["completion"].string())
      }
    self.labels = labelled?.labels
    examples = try items.enumerated().map { index, item in
      let prompt = tokenizer.prompt(item.prompt)
      let completion = tokenizer.encode(item.completion) + [tokenizer.endOfText]
      let tokens = prompt + (labelled.map { [$0.numbers[index]] } ?? completion)
      // The last token is predicted and never read, so it needs no place in the context.
      guard tokens.count - 1 <= contextLength else {
        throw FileError(
          url, at: lines[index].line,
          "has \(tokens.count - 1) tokens, but the base reads at most \(contextLength)",
          "shorten it")
      }
      guard !prompt.isEmpty else {
        throw FileError(
          url, at: lines[index].line,
          "has an empty prompt, which this base cannot start from", "write one")
      }
      if let token = tokenizer.unknownToModel(labelled == nil ? tokens : prompt) {
        throw FileError(
          url, at: lines[index].line,
          "has the token \(quoted(token)), for which the base has no row",
          "write it otherwise")
      }
      return TokenSequence(tokens: tokens, promptLength: prompt.count)
    }
  }
}

extension TokenSequence {
  /// An item of the toy world, in bytes.
  init(_ item: TaskItem) {
    let tokenizer = Tokenizer.bytes
    let prompt = tokenizer.prompt(item.prompt)
    self.init(
      tokens: prompt + tokenizer.encode(item.completion) + [tokenizer.endOfText],
      promptLength: prompt.count)
  }
}

extension Tokenizer {
  /// The tokens of a prompt, the beginning-of-text token first where there is one.
  public func prompt(_ text: String) -> [Int] {
    [beginningOfText].compactMap(\.self) + encode(text)
  }
}

import Foundation

/// Values as JSON text, by Foundation's coder.
///
///     format     keys sorted by their bytes, so that the same value gives the same text
public enum JSONCoding {
  public static func text(_ value: some Encodable, indented: Bool = false) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if indented { encoder.outputFormatting.insert(.prettyPrinted) }
    return try encoder.encode(value)
  }

  /// A file for people to read too: indented, a newline at its end; it appears whole or not at all.
  public static func write(_ value: some Encodable, to url: URL) throws(FileError) {
    let text: Data
    do { text = try self.text(value, indented: true) } catch { throw .hasNoForm(url) }
    try writeAtomically(text + Data("\n".utf8), to: url)
  }
}

extension FileError {
  static func hasNoForm(_ url: URL) -> FileError {
    FileError(
      url, "would hold a number that is not finite, which JSON cannot write", "train it again")
  }
}

/// An object as a dictionary of whatever JSON has a form for; what is nil is left out.
public struct JSONObject: Encodable, Sendable {
  private let members: [String: (any Encodable & Sendable)?]

  public init(_ members: [String: (any Encodable & Sendable)?]) { self.members = members }

  public func encode(to encoder: any Swift.Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    for case (let name, let value?) in members {
      try container.encode(Value(value: value), forKey: Key(stringValue: name))
    }
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private struct Value: Encodable {
    let value: any Encodable & Sendable
    func encode(to encoder: any Swift.Encoder) throws { try value.encode(to: encoder) }
  }
}

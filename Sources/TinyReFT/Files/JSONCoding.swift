import Foundation

/// Values as JSON text and back, by Foundation's coders.
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

extension JSON {
  /// What `JSONCoding` wrote of a value.
  static func read<Value: Decodable>(_ type: Value.Type, from url: URL) throws(FileError) -> Value {
    let bytes = try readBytes(url)
    _ = try JSON(bytes, of: url)
    do { return try JSONDecoder().decode(type, from: Data(bytes)) } catch {
      switch error {
      case DecodingError.keyNotFound(let key, _):
        throw FileError(url, "lacks the key \(quoted(key.stringValue))", "add it")
      case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
        DecodingError.dataCorrupted(let context):
        let path = context.codingPath.reduce("") { path, key in
          let name = path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)"
          return key.intValue.map { "\(path)[\($0)]" } ?? name
        }
        guard !path.isEmpty else {
          throw FileError(url, "has a value that does not fit its type", "correct it")
        }
        throw FileError(url, at: quoted(path), "has another kind of value", "correct it")
      default: throw FileError(url, "cannot be understood", "make it again")
      }
    }
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

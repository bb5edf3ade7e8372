import Foundation

/// JSON between bytes and values: Foundation's coders, behind `JSONChecker` and with plain errors.
enum JSONText {
  static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: [UInt8]
  ) throws(JSONProblem) -> Value {
    try decode(type, from: bytes, members: []).value
  }

  /// The value, and beside it the members of the object at `path` as they are written.
  static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: [UInt8], members path: [String]
  ) throws(JSONProblem) -> (value: Value, members: [JSONChecker.Member]) {
    let members = try JSONChecker.check(bytes, members: path)
    do { return (try JSONDecoder().decode(type, from: Data(bytes)), members) } catch {
      throw JSONProblem(error)
    }
  }

  /// Sorted keys, so that the same value gives the same bytes; on one line unless `indented`.
  static func encode(
    _ value: some Encodable, indented: Bool = false
  ) throws(JSONProblem) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if indented { encoder.outputFormatting.insert(.prettyPrinted) }
    do { return [UInt8](try encoder.encode(value)) } catch { throw .cannotEncode }
  }

  /// A file for people to read too: indented, a newline at its end; it appears whole or not at all.
  static func write(_ value: some Encodable, to url: URL) throws(FileError<JSONFileProblem>) {
    let bytes: [UInt8]
    do { bytes = try encode(value, indented: true) + [UInt8(ascii: "\n")] } catch {
      throw FileError(url, .json(error))
    }
    do { try writeAtomically(bytes, to: url) } catch { throw FileError(url, .disk(error)) }
  }

  static func read<Value: Decodable>(
    _ type: Value.Type, from url: URL
  ) throws(FileError<JSONFileProblem>) -> Value {
    let bytes: [UInt8]
    do { bytes = try readBytes(url) } catch { throw FileError(url, .disk(error)) }
    do { return try decode(type, from: bytes) } catch { throw FileError(url, .json(error)) }
  }
}

/// The ways in which a file that should hold one JSON value can fail.
public enum JSONFileProblem: Error, Equatable, CustomStringConvertible {
  /// The disk refused.
  case disk(DiskProblem)
  /// The bytes are not the JSON that was expected.
  case json(JSONProblem)

  public var description: String {
    switch self {
    case .disk(let problem): problem.description
    case .json(let problem): problem.description
    }
  }
}

/// The ways in which a JSON text can be wrong.
public enum JSONProblem: Error, Equatable, CustomStringConvertible {
  /// Some bytes are no UTF-8 character.
  case notUTF8
  /// The grammar is broken at this byte, the first being 1.
  case broken(byte: Int, expected: String)
  /// More brackets are open at once than this.
  case tooDeep(Int)
  /// An object has this key twice.
  case repeatedKey(String)
  /// More accents than this follow one another before this byte.
  case manyMarks(byte: Int, most: Int)
  /// A key that must be there is not.
  case missingKey(String)
  /// The value at this path is of another kind.
  case wrongType(path: String, expected: String)
  /// A value is JSON, but too large or of too many digits for its type, or half a character.
  case outOfRange
  /// A value to be written has no form in JSON: a number that is not finite.
  case cannotEncode

  public var description: String {
    switch self {
    case .notUTF8: "is not UTF-8 text; save it as UTF-8"
    case .broken(let byte, let expected):
      "is not valid JSON: expected \(expected) at byte \(byte); correct it there"
    case .tooDeep(let limit): "nests more than \(limit) brackets; flatten it"
    case .repeatedKey(let key): "has the key \(quoted(key)) twice; remove one"
    case .manyMarks(let byte, let most):
      "has more than \(most) accents on one letter before byte \(byte); remove some"
    case .missingKey(let key): "lacks the key \(quoted(key)); add it"
    case .wrongType(let path, let expected):
      "has another kind of value where \(expected) belongs, at \(quoted(path)); correct it"
    case .outOfRange: "has a value that does not fit its type; correct it"
    case .cannotEncode: "would hold a number that is not finite, which JSON cannot write"
    }
  }

  /// In our words what Foundation's decoder found.
  init(_ error: any Error) {
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      self = .missingKey(Self.path(context.codingPath + [key]))
    case DecodingError.typeMismatch(let type, let context),
      DecodingError.valueNotFound(let type, let context):
      self = .wrongType(path: Self.path(context.codingPath), expected: Self.name(of: type))
    default: self = .outOfRange
    }
  }

  /// `added_tokens[0].id`; the whole text is `the top`.
  private static func path(_ keys: [any CodingKey]) -> String {
    guard !keys.isEmpty else { return "the top" }
    return keys.reduce(into: "") { path, key in
      if let index = key.intValue { return path += "[\(index)]" }
      path += (path.isEmpty ? "" : ".") + key.stringValue
    }
  }

  private static func name(of type: any Any.Type) -> String {
    switch type {
    case is String.Type: "a string"
    case is Bool.Type: "true or false"
    case is any BinaryInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    case is [Any].Type, is any RangeReplaceableCollection.Type: "an array"
    default: "an object"
    }
  }
}

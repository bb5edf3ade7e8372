import Foundation

/// A JSON value that knows where it stands: in which file, and by which keys one comes to it.
///
/// What is asked of it is checked where it is asked, and the error names the place:
/// `try config["num_attention_heads"].int(in: 1...1024)`.
///
///     format     RFC 8259 in UTF-8, by Foundation's parser; a byte order mark is let pass
///     differs    that parser lets a comma behind the last element pass, and of a key that comes twice it
///                keeps one value: where that could lose something, `KeyScanner` looks. No letter has more
///                than 30 accents (`Accents`)
struct JSON {
  let file: URL

  /// `line 3`, where each line of a file is a value of its own.
  let line: String

  /// `added_tokens[0].id`; empty at the top. Of a long key only the beginning.
  let path: String
  private let value: Any?

  private init(_ file: URL, _ line: String, _ path: String, _ value: Any?) {
    (self.file, self.line, self.path) = (file, line, path)
    // Once, and not at each key: where Foundation is Objective-C's, this looks at every member.
    self.value = (value as? [String: Any]) ?? value
  }

  init(_ bytes: some Collection<UInt8>, of file: URL, line: Int? = nil) throws(FileError) {
    let place = line.map { "line \($0)" } ?? ""
    let bytes = Array(bytes)
    guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else {
      throw FileError(file, at: place, "is not UTF-8 text", "save it as UTF-8")
    }
    let keys = KeyScanner.keys(of: bytes, longerThan: Accents.most)
    guard !keys.contains(where: Accents.areTooMany) else {
      throw Self.tooManyAccents(file, place)
    }
    do {
      let value = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
      self.init(file, place, "", value)
    } catch {
      if let half = Self.halfCharacter(in: bytes) {
        throw FileError(
          file, at: place, "has half of a character, \(half.text), at byte \(half.byte)",
          "write both halves, or none")
      }
      let said = (error as NSError).userInfo["NSDebugDescription"] as? String ?? ""
      let words = (said.prefix(1).lowercased() + said.dropFirst()).prefix(100)
      let reason = oneLine(String(words.last == "." ? words.dropLast() : words))
      throw FileError(
        file, at: place, "is not valid JSON: \(reason.isEmpty ? "it is cut short" : reason)",
        "correct it there")
    }
  }

  /// The first `\ud83d` that no other half follows: what Foundation's parser gives no place for.
  private static func halfCharacter(in bytes: [UInt8]) -> (text: String, byte: Int)? {
    let text = String(decoding: bytes, as: UTF8.self)
    let high = #/\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])/#.matchingSemantics(
      .unicodeScalar)
    return text.firstMatch(of: high).map { match in
      (String(match.output), text.utf8.distance(from: text.startIndex, to: match.range.lowerBound))
    }
  }

  static func read(_ url: URL) throws(FileError) -> JSON { try JSON(readBytes(url), of: url) }

  // MARK: What stands there

  /// The value of a key, which may be missing. Throws when this is no object.
  subscript(_ key: String) -> JSON {
    get throws(FileError) {
      guard let object = value as? [String: Any] else { throw wrong("an object") }
      // As much of it as `quoted` shows: a path is kept for each value below.
      let name = String(String.UnicodeScalarView(key.unicodeScalars.prefix(100)))
      return JSON(file, line, path.isEmpty ? name : "\(path).\(name)", object[key])
    }
  }

  /// nil where nothing stands, or null.
  var ifThere: JSON? { value == nil || value is NSNull ? nil : self }

  var isString: Bool { value is String }
  var isNumber: Bool { value is NSNumber }
  var isArray: Bool { value is [Any] }
  var isObject: Bool { value is [String: Any] }

  func string() throws(FileError) -> String {
    guard let text = value as? String else { throw wrong("a string") }
    guard !Accents.areTooMany(in: text) else { throw Self.tooManyAccents(file, place) }
    return text
  }

  func bool() throws(FileError) -> Bool {
    guard let number = value as? NSNumber, Self.isBool(number) else {
      throw wrong("true or false")
    }
    return number.boolValue
  }

  func number() throws(FileError) -> Double {
    guard let number = value as? NSNumber, !Self.isBool(number) else { throw wrong("a number") }
    return number.doubleValue
  }

  func number(in range: ClosedRange<Double>) throws(FileError) -> Double {
    let number = try number()
    guard range.contains(number) else {
      throw unsupported(String(format: "%g … %g", range.lowerBound, range.upperBound))
    }
    return number
  }

  func int() throws(FileError) -> Int {
    guard let number = value as? NSNumber, !Self.isBool(number), let whole = number as? Int else {
      throw wrong("a whole number")
    }
    return whole
  }

  /// In hexadecimal: of a number of 20 digits not every parser keeps all. Old checkpoints have one.
  func bits() throws(FileError) -> UInt64 {
    if let text = value as? String, let bits = UInt64(text, radix: 16) { return bits }
    guard let number = value as? NSNumber, !Self.isBool(number), let bits = number as? UInt64 else {
      throw wrong("a hexadecimal number")
    }
    return bits
  }

  func int(in range: ClosedRange<Int>) throws(FileError) -> Int {
    let whole = try int()
    guard range.contains(whole) else {
      throw unsupported("\(range.lowerBound) … \(range.upperBound)")
    }
    return whole
  }

  func array() throws(FileError) -> [JSON] {
    guard let elements = value as? [Any] else { throw wrong("an array") }
    return elements.enumerated().map { JSON(file, line, "\(path)[\($0)]", $1) }
  }

  func strings() throws(FileError) -> [String] {
    try array().map { element throws(FileError) in try element.string() }
  }

  func ints() throws(FileError) -> [Int] {
    try array().map { element throws(FileError) in try element.int() }
  }

  func requireObject() throws(FileError) {
    guard isObject else { throw wrong("an object") }
  }

  /// The keys of an object, in the order of their bytes.
  func keys() throws(FileError) -> [String] {
    guard let object = value as? [String: Any] else { throw wrong("an object") }
    return object.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func isBool(_ number: NSNumber) -> Bool {
    // To Foundation a truth value is a number too, but of a class of its own.
    type(of: number) == type(of: NSNumber(value: true))
  }

  // MARK: What is wrong there

  /// The value is none of those that are built here.
  func unsupported(_ accepted: String) -> FileError {
    error("is \(shown)", "supported: \(accepted)")
  }

  func error(_ problem: String, _ remedy: String) -> FileError {
    FileError(file, at: place, problem, remedy)
  }

  /// Another kind of value, or none.
  private func wrong(_ kind: String) -> FileError {
    value == nil
      ? FileError(file, at: line, "lacks the key \(quoted(path))", "add it")
      : error("is \(shown), where \(kind) belongs", "correct it")
  }

  private static func tooManyAccents(_ file: URL, _ place: String) -> FileError {
    FileError(
      file, at: place, "has more than \(Accents.most) accents on one letter", "remove some")
  }

  private var place: String {
    let path = path.isEmpty ? "its value" : quoted(path)
    return line.isEmpty ? path : "\(line): \(path)"
  }

  /// The value as a message shows it.
  var shown: String {
    switch value {
    case let text as String: quoted(text)
    case let number as NSNumber:
      Self.isBool(number) ? "\(number.boolValue)" : oneLine("\(number)")
    case is [Any]: "an array"
    case is [String: Any]: "an object"
    case .none: "missing"
    default: "null"
    }
  }
}

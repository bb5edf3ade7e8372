import Foundation

/// Tells whether bytes are JSON, where they stop being so, and whether an object repeats a key.
///
/// Foundation's decoder does the decoding, but on Linux it says only that something is wrong, not
/// where, and it reads `{"W": 1, "W": 2}` without a word. So every text is checked here first.
///
///     format     RFC 8259 in UTF-8, at most 100 brackets deep; a byte order mark is let pass
///     units      positions in bytes, the first byte is 1
///     differs    keys are compared as Swift compares them: the two spellings of é, one character or
///                two, are the same key, because `JSONDecoder` would keep only one of the values. An
///                object that may hold both is asked for as `members`, with keys told apart by bytes
struct JSONChecker {
  private static let deepest = 100

  /// A key and its value as it is written.
  typealias Member = (key: String, value: ArraySlice<UInt8>)

  private let bytes: [UInt8]
  private var at = 0

  /// Where the value stands that is being read, and the place whose members are kept.
  private var path: [String] = []
  private let kept: [String]
  private var members: [Member] = []

  /// Throws at the first byte that breaks a rule. Returns the members of the object at `path`, in
  /// order; none if there is no such object.
  @discardableResult
  static func check(
    _ bytes: [UInt8], members path: [String] = []
  ) throws(JSONProblem) -> [Member] {
    guard String(validating: bytes, as: UTF8.self) != nil else { throw .notUTF8 }
    var checker = JSONChecker(bytes: bytes, kept: path)
    if bytes.starts(with: "\u{FEFF}".utf8) { checker.at = 3 }
    try checker.value(depth: 0)
    guard checker.at == bytes.count else { throw checker.expected("nothing more") }
    return checker.members
  }

  private init(bytes: [UInt8], kept: [String]) { (self.bytes, self.kept) = (bytes, kept) }

  private mutating func value(depth: Int) throws(JSONProblem) {
    skipSpace()
    if take("{") {
      try object(depth: depth + 1)
    } else if take("[") {
      try array(depth: depth + 1)
    } else if take("\"") {
      _ = try string()
    } else if !take(word: "true"), !take(word: "false"), !take(word: "null") {
      try number()
    }
    skipSpace()
  }

  private mutating func object(depth: Int) throws(JSONProblem) {
    guard depth <= Self.deepest else { throw .tooDeep(Self.deepest) }
    let isKept = !kept.isEmpty && path == kept
    var (keys, spellings) = (Set<String>(), Set<[UInt8]>())
    skipSpace()
    if take("}") { return }
    repeat {
      skipSpace()
      guard take("\"") else { throw expected("a key in quotes") }
      let key = try text(of: string())
      let isNew = isKept ? spellings.insert(Array(key.utf8)).inserted : keys.insert(key).inserted
      guard isNew else { throw .repeatedKey(key) }
      skipSpace()
      guard take(":") else { throw expected("a colon") }
      let start = at
      path.append(key)
      try value(depth: depth)
      path.removeLast()
      if isKept { members.append((key, bytes[start..<at])) }
    } while take(",")
    guard take("}") else { throw expected("a comma or }") }
  }

  private mutating func array(depth: Int) throws(JSONProblem) {
    guard depth <= Self.deepest else { throw .tooDeep(Self.deepest) }
    skipSpace()
    if take("]") { return }
    path.append("[]")
    repeat { try value(depth: depth) } while take(",")
    path.removeLast()
    guard take("]") else { throw expected("a comma or ]") }
  }

  /// Goes past the closing quote; returns where the string stands, quotes included.
  private mutating func string() throws(JSONProblem) -> Range<Int> {
    let start = at - 1
    at = try JSONString.end(in: bytes, from: at)
    return start..<at
  }

  private func text(of string: Range<Int>) throws(JSONProblem) -> String {
    guard bytes[string].contains(UInt8(ascii: "\\")) else {
      return String(decoding: bytes[string].dropFirst().dropLast(), as: UTF8.self)
    }
    do { return try JSONDecoder().decode(String.self, from: Data(bytes[string])) } catch {
      throw .broken(byte: string.lowerBound + 1, expected: "whole characters in the key")
    }
  }

  private mutating func number() throws(JSONProblem) {
    guard let first = next, "-0123456789".utf8.contains(first) else { throw expected("a value") }
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if take("e") || take("E") {
      _ = take("+") || take("-")
      try digits()
    }
  }

  private mutating func digits() throws(JSONProblem) {
    let start = at
    while let byte = next, "0123456789".utf8.contains(byte) { at += 1 }
    guard at > start else { throw expected("a digit") }
  }

  // MARK: One step

  private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    at += 1
    return true
  }

  private mutating func take(word: String) -> Bool {
    guard bytes[at...].starts(with: word.utf8) else { return false }
    at += word.utf8.count
    return true
  }

  private mutating func skipSpace() {
    while let byte = next, " \t\r\n".utf8.contains(byte) { at += 1 }
  }

  private func expected(_ what: String) -> JSONProblem { .broken(byte: at + 1, expected: what) }
}

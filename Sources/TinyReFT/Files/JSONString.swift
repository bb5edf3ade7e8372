/// Goes through a JSON string, for `JSONChecker`: from behind its first quote to behind its last.
///
///     format     RFC 8259 in UTF-8
///     units      positions in bytes, the first byte is 1
///     differs    at most 30 accents on one letter, as in Unicode's stream-safe text (UAX 15). Before
///                Swift compares texts it sorts the accents of each letter, n of them in n² steps: a
///                key of 400 KB of accents takes half a minute each time that it is looked up
struct JSONString {
  private static let mostMarks = 30

  private let bytes: [UInt8]
  private var at: Int

  /// The place behind the closing quote. All bytes are known to be UTF-8.
  static func end(in bytes: [UInt8], from start: Int) throws(JSONProblem) -> Int {
    var string = JSONString(bytes: bytes, at: start)
    try string.skip()
    return string.at
  }

  private init(bytes: [UInt8], at: Int) { (self.bytes, self.at) = (bytes, at) }

  private mutating func skip() throws(JSONProblem) {
    var marks = 0
    while let byte = next, byte >= 0x20 {
      if take("\"") { return }
      marks = Self.isMark(take("\\") ? try escape() : character()) ? marks + 1 : 0
      guard marks <= Self.mostMarks else { throw .manyMarks(byte: at, most: Self.mostMarks) }
    }
    throw expected("a closing quote")
  }

  /// What is escaped: a character, or half of one.
  private mutating func escape() throws(JSONProblem) -> UInt32 {
    guard take("u") else {
      guard let letter = next, "\"\\/bfnrt".utf8.contains(letter) else {
        throw expected("one of \"\\/bfnrtu after a backslash")
      }
      at += 1
      return 0
    }
    let half = try hexadecimal()
    let start = at
    guard half & 0xFC00 == 0xD800, take("\\"), take("u") else {
      at = start
      return half
    }
    // Two halves make a character; what is no second half is looked at again.
    let second = try hexadecimal()
    if second & 0xFC00 == 0xDC00 { return 0x10000 + (half & 0x3FF) << 10 + second & 0x3FF }
    at = start
    return half
  }

  private mutating func hexadecimal() throws(JSONProblem) -> UInt32 {
    var number: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = next.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        throw expected("four hexadecimal digits")
      }
      number = number << 4 | UInt32(digit)
      at += 1
    }
    return number
  }

  /// The character here, past it.
  private mutating func character() -> UInt32 {
    let first = bytes[at]
    let width = max(1, (~first).leadingZeroBitCount)
    defer { at += width }
    guard width > 1 else { return UInt32(first) }
    return bytes[at + 1..<at + width].reduce(UInt32(first) & 0x7F >> UInt32(width)) {
      $0 << 6 | UInt32($1 & 0x3F)
    }
  }

  /// Whether it is an accent, or another character that moves among its like.
  private static func isMark(_ character: UInt32) -> Bool {
    guard character >= 0x300, let scalar = Unicode.Scalar(character) else { return false }
    return scalar.properties.canonicalCombiningClass != .notReordered
  }

  private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    at += 1
    return true
  }

  private func expected(_ what: String) -> JSONProblem { .broken(byte: at + 1, expected: what) }
}

@testable import TinyReFT

/// Hostile versions of good files, drawn from a seeded stream: the same stream, the same bytes.
///
/// Half of the changes know the format, for blind ones seldom come past the grammar: a value of a
/// JSON tree is replaced, dropped, doubled, wrapped or moved; the header of a safetensors file is
/// such a tree, and its length is made to fit again; its numbers become very large, very small or
/// none. The other half are of bytes.
extension RandomStream {
  /// One to three changes of `bytes`, a file of this name; `other` is a file to splice with.
  mutating func hostile(_ bytes: [UInt8], named name: String, other: [UInt8]) -> [UInt8] {
    var bytes = bytes
    if Bool.random(using: &self) {
      if name.hasSuffix(".json"), let tree = JSONTree(bytes) { return changed(tree).bytes }
      if name.hasSuffix(".jsonl") { return hostileLines(bytes) }
      if name.hasSuffix(".safetensors") { return hostileTensors(bytes) }
    }
    for _ in 0..<one(of: [1, 1, 2, 3]) { changeBytes(&bytes, other) }
    return bytes
  }

  private mutating func one<Element>(of list: [Element]) -> Element {
    list[Int.random(in: list.indices, using: &self)]
  }

  // MARK: Trees

  private mutating func changed(_ tree: JSONTree) -> JSONTree {
    var tree = tree
    for _ in 0..<one(of: [1, 1, 2, 3]) { change(&tree) }
    return tree
  }

  private mutating func change(_ tree: inout JSONTree) {
    let count = tree.count
    let place = Int.random(in: 0..<count, using: &self)
    let (other, token) = (tree[Int.random(in: 0..<count, using: &self)], Self.token(&self))
    let kind = Int.random(in: 0..<8, using: &self)
    let draw = Int.random(in: 0..<1 << 20, using: &self)
    tree.change(place) { value in
      switch (kind, value) {
      case (0...2, _): value = .leaf(token)
      case (3, _): value = other
      case (4, _): value = draw % 2 == 0 ? .array([value]) : .object([(Array("\"x\"".utf8), value)])
      case (_, .leaf(var text)):
        // A digit or a letter within a number or a text.
        text.insert(Array("0123456789-.eE \\\"a/".utf8)[draw % 19], at: draw % (text.count + 1))
        value = .leaf(text)
      case (_, .array(var children)) where !children.isEmpty:
        let child = children[draw % children.count]
        if kind == 5 { children.remove(at: draw % children.count) }
        if kind == 6 { children.append(child) }
        if kind == 7 { children += Array(repeating: child, count: draw % 300) }
        value = .array(children)
      case (_, .object(var members)) where !members.isEmpty:
        let at = draw % members.count
        if kind == 5 { members.remove(at: at) }
        if kind == 6 { members.append(members[at]) }
        if kind == 7 { members[at].key = token.first == UInt8(ascii: "\"") ? token : [0x22, 0x22] }
        value = .object(members)
      default: value = .leaf(token)
      }
    }
  }

  private mutating func hostileLines(_ bytes: [UInt8]) -> [UInt8] {
    var lines = bytes.split(separator: UInt8(ascii: "\n")).map(Array.init)
    let at = Int.random(in: lines.indices, using: &self)
    switch Int.random(in: 0..<6, using: &self) {
    case 0: lines.remove(at: at)
    case 1: lines += Array(repeating: lines[at], count: Int.random(in: 1...300, using: &self))
    case 2: lines[at] = Self.token(&self)
    default: lines[at] = JSONTree(lines[at]).map { changed($0).bytes } ?? []
    }
    let end = one(of: ["\n", "\r\n", "\n\n", "\r", "\u{2028}"])
    return Array(lines.joined(separator: Bool.random(using: &self) ? Array(end.utf8) : [0x0A]))
  }

  /// The header changed as a tree, its length right; or some of the numbers.
  private mutating func hostileTensors(_ bytes: [UInt8]) -> [UInt8] {
    let length = bytes.prefix(2).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard bytes.count >= 8 + length, let tree = JSONTree(Array(bytes[8..<8 + length])) else {
      return bytes
    }
    if Bool.random(using: &self) {
      var bytes = bytes
      for _ in 0..<Int.random(in: 1...8, using: &self) where bytes.count >= 12 + length {
        let at = Int.random(in: 0...(bytes.count - 12 - length) / 4, using: &self)
        let number = littleEndian(one(of: Self.numbers).bitPattern)
        bytes.replaceSubrange(8 + length + 4 * at..<12 + length + 4 * at, with: number)
      }
      return bytes
    }
    let header = changed(tree).bytes
    return littleEndian(UInt64(header.count)) + header + bytes[(8 + length)...]
  }

  // MARK: Bytes

  private mutating func changeBytes(_ bytes: inout [UInt8], _ other: [UInt8]) {
    // Lengths stand at the front.
    let most = Int.random(in: 0..<3, using: &self) == 0 ? min(16, bytes.count) : bytes.count
    let at = Int.random(in: 0...most, using: &self)
    let length = min(Int.random(in: 1...64, using: &self), bytes.count - at)
    switch Int.random(in: 0..<9, using: &self) {
    case 0 where length > 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &self)
    case 1 where length > 0: bytes[at] = UInt8.random(in: 0...255, using: &self)
    case 2: bytes.removeSubrange(at..<at + length)
    case 3: bytes.insert(contentsOf: bytes[at..<at + length], at: at)
    case 4: bytes.removeSubrange(at...)
    case 5: bytes.insert(contentsOf: Self.token(&self), at: at)
    case 6: bytes = bytes[..<at] + other.suffix(Int.random(in: 0...other.count, using: &self))
    case 7:
      let number = littleEndian(one(of: Self.boundaries)).prefix(one(of: [1, 2, 4, 8]))
      bytes.replaceSubrange(at..<min(at + number.count, bytes.count), with: number)
    default: bytes.insert(contentsOf: one(of: Self.odd), at: at)
    }
  }

  /// Where counting goes wrong.
  private static let boundaries: [UInt64] = {
    let powers = [0, 3, 7, 8, 31, 32, 53, 60, 62, 63].map { UInt64(1) << $0 }
    return [0, .max] + powers.flatMap { [$0 - 1, $0, $0 + 1] }
  }()

  private static let numbers: [Float] = [
    0, -0.0, 1, -1, 1e4, -1e4, 1e20, -1e20, .greatestFiniteMagnitude, .leastNonzeroMagnitude,
    -.greatestFiniteMagnitude, .infinity, .nan,
  ]

  /// A byte order mark, half a character, one too long, a surrogate, NUL, line ends, an accent.
  private static let odd: [[UInt8]] = [
    [0xEF, 0xBB, 0xBF], [0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0], [0x0D, 0x0A],
    Array("\u{2028}".utf8), Array("\u{301}".utf8), [0xFF, 0xFE], [0xF4, 0x90, 0x80, 0x80],
  ]

  /// A value of JSON, or almost one.
  private static func token(_ stream: inout RandomStream) -> [UInt8] {
    // The long ones seldom: they take most of the time.
    let isLong = Int.random(in: 0..<64, using: &stream) == 0
    return Array(stream.one(of: isLong ? long : short).utf8)
  }

  private static let long = [
    String(repeating: "[", count: 100_000), String(repeating: #"{"a":"#, count: 50_000),
    "\"" + String(repeating: "a", count: 100_000) + "\"",
    "\"" + String(repeating: "\u{301}", count: 20_000) + "\"",
    String(repeating: "9", count: 100_000), "0." + String(repeating: "0", count: 100_000) + "1",
    "[" + String(repeating: "0,", count: 50_000) + "0]",
    String(repeating: "[", count: 100) + String(repeating: "]", count: 100),
  ]

  private static let short = [
    "0", "-0", "1", "-1", "2", "3", "7", "8", "64", "0.5", "1e999", "-1e999", "1e308", "1e-320",
    "2147483647", "2147483648", "-2147483649", "4294967296", "9007199254740993",
    "1152921504606846976", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
    "18446744073709551615", "1e18", "NaN", "Infinity", "null", "true", "false", "[]", "{}", "",
    #""""#, #""\u0000""#, #""\ud800""#, #""\udc00\ud800""#, #""a\nb""#, #""\u2028""#, #""é""#,
    #""e\u0301""#, #"".""#, #""..""#, #""../x""#, #""/dev/zero""#, #""../\u0301x.safetensors""#,
    #""all""#, #""every""#, #""position""#, #""layer""#, #""f9223372036854775807""#,
    #""l9223372036854775807+f9223372036854775807""#, #""l1+f1""#, #""F32""#, #""BF16""#, #""F64""#,
    #""ByteLevel""#, #""Metaspace""#, #""▁""#, #"" ""#, #""<s>""#, #""</s>""#, #""__metadata__""#,
    "[0,0]", "[0,1]", "[1,0]", "[-1]", "[0,9223372036854775807]", "/*", "//", "'", "\\", ",", ":",
  ]
}

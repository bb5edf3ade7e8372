import Foundation
import Testing

@testable import TinyReFT

@Suite("JSON (docs/50-files.md)")
struct JSONTests {
  private static let url = URL(filePath: "x.json")

  private static func json(_ text: String) throws -> JSON { try JSON(text.utf8, of: url) }

  /// What the parser says of them is Foundation's to choose, and another on a Mac.
  static let texts = [
    "", "{", #"{"a""#, #"{"a":1 "b""#, "[1 2]", "[01]", "[-]", "[1.]", "[1e]", "[nul }", "\"a\n\"",
    #""\x""#, #""\u12G4""#, #"["\uDC00"]"#, "{} {}", "\u{1B}[2J",
    String(repeating: "[", count: 513),
  ]

  @Test("a text that is none is refused, with what the parser says of it", arguments: texts)
  func broken(text: String) {
    expectError(Self.url, "is not valid JSON; correct it there") { try Self.json(text) }
  }

  @Test("a number of 30,000 digits is not shown in full")
  func longNumber() throws {
    let text = String(repeating: "9", count: 30_000)
    let error = try #require(throws: FileError.self) { try Self.json(text) }
    #expect(error.description.hasPrefix("x.json: is not valid JSON: "))
    #expect(error.description.count < 200)
  }

  @Test("bytes that are no text, with a NUL or of another encoding")
  func notText() {
    let bytes: [[UInt8]] = [
      [0xFF, 0xFE, 0x7B, 0, 0x7D, 0], [0x22, 0xC3, 0x22], [0x7B, 0, 0x7D, 0],
      [0x22, 0xED, 0xA0, 0x80, 0x22], Array("\"a\0\"".utf8),
    ]
    for bytes in bytes {
      expectError(Self.url, "is not UTF-8 text; save it as UTF-8") { try JSON(bytes, of: Self.url) }
    }
  }

  @Test("what is asked for and is not there is refused by its path")
  func wrong() {
    func expect(
      _ text: String, _ message: String, at line: SourceLocation = #_sourceLocation,
      _ ask: (JSON) throws -> some Any
    ) { expectError(Self.url, message, sourceLocation: line) { try ask(Self.json(text)) } }
    let whole = "where a whole number belongs; correct it"
    expect("{}", #"lacks the key "a"; add it"#) { try $0["a"].string() }
    expect("{}", #"lacks the key "a"; add it"#) { try $0["a"]["b"].string() }
    expect(#"{"a":{}}"#, #"lacks the key "a.b"; add it"#) { try $0["a"]["b"].string() }
    expect(#"{"a":1}"#, #""a" is 1, where a string belongs; correct it"#) { try $0["a"].string() }
    expect(#"{"a":null}"#, #""a" is null, where a string belongs; correct it"#) {
      try $0["a"].string()
    }
    expect("[]", "its value is an array, where an object belongs; correct it") { try $0["a"] }
    expect("3", "its value is 3, where an object belongs; correct it") { try $0.keys() }
    expect("null", "its value is null, where an object belongs; correct it") {
      try $0.requireObject()
    }
    expect("1", "its value is 1, where an array belongs; correct it") { try $0.array() }
    expect(#"{"a":[1,"\u001b"]}"#, #""a[1]" is "\u{1B}", \#(whole)"#) { try $0["a"].ints() }
    expect("0", "its value is 0, where true or false belongs; correct it") { try $0.bool() }
    expect(#""""#, #"its value is "", where a number belongs; correct it"#) { try $0.number() }
    expect("true", "its value is true, where a number belongs; correct it") { try $0.number() }
    expect("true", "its value is true, \(whole)") { try $0.int() }
    let bits = "where a hexadecimal number belongs; correct it"
    expect("false", "its value is false, \(bits)") { try $0.bits() }
    expect("-1", "its value is -1, \(bits)") { try $0.bits() }
    expect(#""""#, #"its value is "", \#(bits)"#) { try $0.bits() }
    expect(#""10000000000000000""#, #"its value is "10000000000000000", \#(bits)"#) {
      try $0.bits()
    }
    expect("1.5", "its value is 1.5, \(whole)") { try $0.int() }
    expect("1e19", "its value is 1e+19, \(whole)") { try $0.int() }
    expect(#"{"a.b":{"c":{}}}"#, #""a.b.c" is an object, where an array belongs; correct it"#) {
      try $0["a.b"]["c"].strings()
    }
    expect("7", "its value is 7; supported: 1 … 6") { try $0.int(in: 1...6) }
  }

  @Test("numbers that are whole are so however they are written")
  func numbers() throws {
    #expect(try Self.json("[1.0, 1e2, -0, 9223372036854775807]").ints() == [1, 100, 0, .max])
    #expect(try Self.json(#""ffffffffffffffff""#).bits() == .max)
    #expect(try Self.json("1234").bits() == 1234)
    #expect(try Self.json("\u{FEFF}{\"a\":null}")["a"].ifThere == nil)
  }

  @Test("3,000 damaged texts are read or refused in one line, and none traps")
  func damage() throws {
    let text = #"{"é\n": [1, -0.5e+3, true, null, "\u00e9\\"], "b": {"c": {}, "d": []}}"#
    var stream = RandomStream(seed: 1)
    var accepted = 0
    for _ in 0..<3000 {
      let bytes = stream.damaged(Array(text.utf8))
      do {
        let json = try JSON(bytes, of: Self.url)
        accepted += 1
        for key in try json.keys() { _ = try (json[key].shown, json[key].array().map(\.shown)) }
      } catch {
        #expect(error.description.hasPrefix("x.json: "))
        #expect(!error.description.contains { $0.isNewline })
      }
      _ = try? KeyScanner.members(of: bytes, at: ["b"], in: Self.url)
    }
    #expect(accepted > 100, "\(accepted) accepted")
  }
}

import Foundation
import Testing

@testable import TinyReFT

@Suite("Keys of JSON by their bytes (docs/50-files.md)")
struct KeyScannerTests {
  private static let url = URL(filePath: "x.json")

  /// Keys and values, without the spaces.
  private func members(_ text: String, at path: [String]) throws -> [[String]] {
    try KeyScanner.members(of: Array(text.utf8), at: path, in: Self.url).map { key, value in
      [key, String(decoding: value, as: UTF8.self).filter { $0 != " " }]
    }
  }

  @Test("the members of an object in order, their values as they are written")
  func inOrder() throws {
    let text = #"{"x": 1, "a": {"b": {"z":1.50 ,"y":{"b": 2},"k":"a,}\"" }, "c": {"b": {"y": 3}}}}"#
    #expect(
      try members(text, at: ["a", "b"])
        == [["z", "1.50"], ["y", #"{"b":2}"#], ["k", #""a,}\"""#]])
    #expect(try members(text, at: ["a", "c"]) == [["b", #"{"y":3}"#]])
    #expect(try members(text, at: []).map { $0[0] } == ["x", "a"])
    #expect(try members(text, at: ["a", "d"]).isEmpty)
  }

  @Test("an array has no members, nor have the objects in it; it is a value like others")
  func arrays() throws {
    #expect(try members(#"{"a":{"b":[{"c":1},{"c":1}]}}"#, at: ["a", "b"]).isEmpty)
    #expect(try members(#"{"a":[{"a":{"k":1}}]}"#, at: ["a"]).isEmpty)
    #expect(
      try members(#"{"a":["x",{"y":[2,3]},3],"b":[]}"#, at: [])
        == [["a", #"["x",{"y":[2,3]},3]"#], ["b", "[]"]])
  }

  @Test("two spellings of é are two keys, however they are written")
  func spellings() throws {
    let keys = try members(#"{"a":{"\u00e9":1,"e\u0301":2,"\ud83e\udd9c":3}}"#, at: ["a"])
      .map { Array($0[0].unicodeScalars) }
    #expect(keys == [["é"], ["e", "\u{301}"], ["🦜"]])
  }

  @Test(
    "a key that comes twice is refused, there and on the way there",
    arguments: [
      (#"{"a":{"k":1,"k":1}}"#, "k"), (#"{"a":{"k":1,"\u006b":2}}"#, "k"),
      (#"{"b":1,"b":2,"a":{}}"#, "b"),
      (#"{"a":{"k":1},"a":{"j":1}}"#, "a"), (#"{"a":{},"x":{},"\u0061":[]}"#, "a"),
      (#"{"a":{"\u001b":1,"\u001B":1}}"#, #"\u{1B}"#),
    ])
  func twice(text: String, key: String) {
    expectError(Self.url, "has the key \"\(key)\" twice; remove one") {
      try members(text, at: ["a"])
    }
  }

  @Test("elsewhere a key may come twice: Foundation keeps one value")
  func elsewhere() throws {
    #expect(try members(#"{"b":{"c":1,"c":2},"a":{"k":{"j":1,"j":2}}}"#, at: ["a"]).count == 1)
  }

  @Test("keys that are longer than asked for, at every depth")
  func longKeys() {
    let text = #"{"ab":{"abc":"abcd"},"x":[{"\u0061\u0062":1, "abcd"  :2}]}"#
    #expect(KeyScanner.keys(of: Array(text.utf8), longerThan: 2) == ["abc", "ab", "abcd"])
  }

  @Test("a text that is cut short is walked to its end")
  func cutShort() throws {
    let text = #"{"a":{"k\"":1,"e\u0301":[{"x":"y\\"}]},"b":2}"#
    for length in 0...text.utf8.count {
      let bytes = Array(text.utf8.prefix(length))
      #expect(try KeyScanner.members(of: bytes, at: ["a"], in: Self.url).count <= 2)
    }
    #expect(try members(#"]]}}{"a":1}"#, at: []) == [["a", "1"]])
    #expect(try members(#"{"a":{"\ud800":1}}"#, at: ["a"]) == [["", "1"]])
  }
}

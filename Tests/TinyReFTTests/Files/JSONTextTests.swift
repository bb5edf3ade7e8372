import Foundation
import Testing

@testable import TinyReFT

@Suite("JSON (docs/50-files.md)")
struct JSONTextTests {
  struct Item: Codable, Equatable {
    var prompt: String
    var sizes: [Int]?
    var ready: Bool?
    var loss: Double?
    var inner: [String: [Int]]?
  }

  static let problems: [(String, JSONProblem)] = [
    ("", .broken(byte: 1, expected: "a value")),
    ("{", .broken(byte: 2, expected: "a key in quotes")),
    (#"{"a""#, .broken(byte: 5, expected: "a colon")),
    (#"{"a":1 "b""#, .broken(byte: 8, expected: "a comma or }")),
    (#"{"a":1,}"#, .broken(byte: 8, expected: "a key in quotes")),
    ("[1 2]", .broken(byte: 4, expected: "a comma or ]")),
    ("[01]", .broken(byte: 3, expected: "a comma or ]")),
    ("[-]", .broken(byte: 3, expected: "a digit")),
    ("[1.]", .broken(byte: 4, expected: "a digit")),
    ("[1e]", .broken(byte: 4, expected: "a digit")),
    ("[nul]", .broken(byte: 2, expected: "a value")),
    ("\"a\n\"", .broken(byte: 3, expected: "a closing quote")),
    (#""\x""#, .broken(byte: 3, expected: #"one of "\/bfnrtu after a backslash"#)),
    (#""\u12G4""#, .broken(byte: 6, expected: "four hexadecimal digits")),
    (#"{"\uD800":1}"#, .broken(byte: 2, expected: "whole characters in the key")),
    (#"{"\uD800\u0041":1}"#, .broken(byte: 2, expected: "whole characters in the key")),
    ("{} {}", .broken(byte: 4, expected: "nothing more")),
    (#"{"prompt":"a","prompt":"b"}"#, .repeatedKey("prompt")),
    (#"{"prompt":"a","x":[{"y":1,"\u0079":2}]}"#, .repeatedKey("y")),
    (#"{"sizes":[]}"#, .missingKey("prompt")),
    (#"{"prompt":1}"#, .wrongType(path: "prompt", expected: "a string")),
    (#"{"prompt":null}"#, .wrongType(path: "prompt", expected: "a string")),
    ("[]", .wrongType(path: "the top", expected: "an object")),
    (#"{"prompt":"","sizes":1}"#, .wrongType(path: "sizes", expected: "an array")),
    (#"{"prompt":"","sizes":[1,""]}"#, .wrongType(path: "sizes[1]", expected: "a whole number")),
    (#"{"prompt":"","ready":0}"#, .wrongType(path: "ready", expected: "true or false")),
    (#"{"prompt":"","loss":""}"#, .wrongType(path: "loss", expected: "a number")),
    (#"{"prompt":"","inner":{"a":{}}}"#, .wrongType(path: "inner.a", expected: "an array")),
    (#"{"prompt":"","sizes":[1.5]}"#, .outOfRange),
    (#"{"prompt":"","sizes":[9223372036854775808]}"#, .outOfRange),
    (String(repeating: "[", count: 101), .tooDeep(100)),
  ]

  @Test("each broken text is refused for what is wrong in it", arguments: problems)
  func refused(text: String, problem: JSONProblem) {
    #expect(throws: problem) { try JSONText.decode(Item.self, from: Array(text.utf8)) }
    #expect(!problem.description.contains("\n"))
  }

  @Test("bytes that are no text")
  func notText() {
    let notUTF8: [[UInt8]] = [[0xFF, 0xFE, 0x7B, 0, 0x7D, 0], [0x22, 0xC3, 0x22]]
    for bytes in notUTF8 {
      #expect(throws: JSONProblem.notUTF8) { try JSONText.decode(Item.self, from: bytes) }
    }
    let wide: [UInt8] = [0x7B, 0, 0x7D, 0]
    #expect(throws: JSONProblem.broken(byte: 2, expected: "a key in quotes")) {
      try JSONText.decode(Item.self, from: wide)
    }
  }

  @Test(
    "thirty accents on one letter are let pass, one more is refused, in a key or a value",
    arguments: ["\u{301}", #"\u0301"#, "\u{1D165}", #"\ud834\udd65"#])
  func accents(mark: String) throws {
    let most = "e" + String(repeating: mark, count: 30)
    for text in ["{\"\(most)é\": 1}", "[\"\(most)e\(mark)\"]", "[\"\(most)\", \"\(most)\"]"] {
      try JSONChecker.check(Array(text.utf8))
    }
    for text in ["{\"\(most)\(mark)\": 1}", "[\"\(most)\(mark)\"]"] {
      let byte = text.utf8.count - (text.hasPrefix("[") ? 2 : 5)
      #expect(throws: JSONProblem.manyMarks(byte: byte, most: 30)) {
        try JSONChecker.check(Array(text.utf8))
      }
    }
  }

  @Test("sorted keys, plain slashes, and back")
  func roundTrip() throws {
    let item = Item(prompt: "a/b \u{1}\"é🦜", sizes: [-1, .max], ready: true, loss: 0.1)
    let bytes = try JSONText.encode(item)
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == #"{"loss":0.1,"prompt":"a/b \u0001\"é🦜","ready":true,"sizes":[-1,9223372036854775807]}"#)
    #expect(try JSONText.decode(Item.self, from: bytes) == item)
    #expect(throws: JSONProblem.cannotEncode) { try JSONText.encode([Double.nan]) }
    let url = URL(filePath: "/nowhere.json")
    #expect(throws: FileError(url, JSONFileProblem.json(.cannotEncode))) {
      try JSONText.write([Double.nan], to: url)
    }
  }

  @Test("the members of an object as they are written; there, two spellings of é are two keys")
  func members() throws {
    let text =
      #"{"x": 1, "a": {"b": {"\u00e9": 1 ,"e\u0301":{"b": 2},"k":"v"}, "c": {"b": {"y": 3}}}}"#
    let members = try JSONChecker.check(Array(text.utf8), members: ["a", "b"])
    #expect(members.map { Array($0.key.unicodeScalars) } == [["é"], ["e", "\u{301}"], ["k"]])
    let values = members.map { String(decoding: $0.value, as: UTF8.self) }
    #expect(values.map { $0.filter { $0 != " " } } == ["1", #"{"b":2}"#, #""v""#])
    #expect(
      try JSONChecker.check(Array(#"{"a":{"b":[{"c":1}]}}"#.utf8), members: ["a", "b"]).isEmpty)
    for (json, path) in [(#"{"\u00e9":1,"e\u0301":2}"#, []), (#"{"a":{"k":1,"\u006b":2}}"#, ["a"])]
    {
      #expect(throws: JSONProblem.self) { try JSONChecker.check(Array(json.utf8), members: path) }
    }
  }

  @Test("the checker and Foundation's parser agree on 3,000 damaged texts")
  func damage() {
    let text = #"{"é\n": [1, -0.5e+3, true, null, "\u00e9\\"], "b": {"c": {}, "d": []}}"#
    var stream = RandomStream(seed: 1)
    var accepted = 0
    for _ in 0..<3000 {
      let bytes = stream.damaged(Array(text.utf8))
      let ours = Result { () throws(JSONProblem) in try JSONChecker.check(bytes) }
      // Not the decoder, which passes over what it need not decode.
      let theirs = Result {
        try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
      }
      if case .failure(.repeatedKey) = ours { continue }
      let agree = ((try? ours.get()) == nil) == ((try? theirs.get()) == nil)
      #expect(agree, "\(String(decoding: bytes, as: UTF8.self).debugDescription): \(ours)")
      if (try? ours.get()) != nil { accepted += 1 }
    }
    #expect(accepted > 100)
  }
}

import Foundation
import Testing

@testable import TinyReFT

@Suite("JSON Lines (docs/50-files.md)")
struct JSONLinesTests {
  struct Example: Codable, Equatable {
    var prompt: String
    var completion: String
  }

  let folder = try? TemporaryFolder()

  @Test("by hand: two lines, keys sorted, slashes plain")
  func workedExample() throws {
    let url = try #require(folder).file("a.jsonl")
    let examples = [
      Example(prompt: "do cat -> ", completion: "CAT"),
      Example(prompt: "a/b", completion: "line\nline"),
    ]
    try JSONLines.write(examples, to: url)
    let lines = #"""
      {"completion":"CAT","prompt":"do cat -> "}
      {"completion":"line\nline","prompt":"a/b"}

      """#
    #expect(try String(contentsOf: url, encoding: .utf8) == lines)
    #expect(try JSONLines.read(url).map(Self.example) == examples)
  }

  private static func example(_ json: JSON) throws -> Example {
    Example(prompt: try json["prompt"].string(), completion: try json["completion"].string())
  }

  @Test("CR LF, blank lines, a byte order mark and a missing last newline are let pass")
  func tolerated() throws {
    let text = "\u{FEFF}{\"a\": 1}\r\n\r\n \t\n  {\"a\": 2}  \n{\"a\":3}"
    let url = try #require(folder).file("b.jsonl", text: text)
    #expect(try JSONLines.read(url).map { try $0["a"].int() } == [1, 2, 3])
  }

  static let problems = [
    (
      #"{"prompt":"a" "completion":"b"}"#,
      "line 3 is not valid JSON; correct it there"
    ),
    (#"{"prompt":"a"}"#, #"line 3 lacks the key "completion"; add it"#),
    (
      #"{"prompt":1,"completion":"b"}"#,
      #"line 3: "prompt" is 1, where a string belongs; correct it"#
    ),
    (
      #"{"\#(String(repeating: "\u{301}", count: 31))":1}"#,
      "line 3 has more than 30 accents on one letter; remove some"
    ),
    (#"["a","b"]"#, "line 3 begins an array; write one object a line, without brackets"),
    (
      #"{"prompt":"é\ud83d","completion":"b"}"#,
      #"line 3 has half of a character, \ud83d, at byte 13; write both halves, or none"#
    ),
    (#""a""#, #"line 3: its value is "a", where an object belongs; correct it"#),
  ]

  @Test("a byte order mark and blank lines are let pass, also together")
  func tolerances() throws {
    let folder = try TemporaryFolder()
    for start in ["", "\u{FEFF}", "\n", "\u{FEFF}\n", "\u{FEFF} \r\n\n"] {
      let url = try folder.file("x.jsonl", text: start + "{\"a\":1}\n")
      #expect(try JSONLines.read(url).map { try $0["a"].int() } == [1])
    }
  }

  @Test("the message names the line, counted with the blank ones", arguments: problems)
  func wrongLine(text: String, message: String) throws {
    let good = #"{"prompt":"a","completion":"b"}"#
    let url = try #require(folder).file("c.jsonl", text: "\(good)\r\n\n\(text)\r\n\(good)\n")
    expectError(url, message) { try JSONLines.read(url).map(Self.example) }
  }

  @Test("bytes that are not UTF-8")
  func notUTF8() throws {
    let url = try #require(folder).file("d.jsonl", Array("{}\n\"".utf8) + [0xE9, 0x22])
    expectError(url, "line 2 is not UTF-8 text; save it as UTF-8") { try JSONLines.read(url) }
  }

  @Test("an empty file is an error")
  func empty() throws {
    let url = try #require(folder).file("e.jsonl", text: "\n \r\n")
    expectError(url, "has no lines; write at least one") { try JSONLines.read(url) }
  }

  @Test("a value that JSON has no form for is not written")
  func notANumber() throws {
    let url = try #require(folder).file("f.jsonl", text: "old")
    let message = "would hold a number that is not finite, which JSON cannot write; train it again"
    expectError(url, message) { try JSONLines.write([["loss": 1.0], ["loss": .nan]], to: url) }
    #expect(try String(contentsOf: url, encoding: .utf8) == "old")
  }
}

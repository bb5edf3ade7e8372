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
    #expect(try JSONLines.read(from: url) == examples)
  }

  @Test("CR LF, blank lines, a byte order mark and a missing last newline are let pass")
  func tolerated() throws {
    let text = "\u{FEFF}{\"a\": 1}\r\n\r\n \t\n  {\"a\": 2}  \n{\"a\":3}"
    let url = try #require(folder).file("b.jsonl", text: text)
    #expect(try JSONLines.read([String: Int].self, from: url) == [["a": 1], ["a": 2], ["a": 3]])
  }

  static let problems: [(String, JSONProblem)] = [
    (#"{"prompt":"a" "completion":"b"}"#, .broken(byte: 15, expected: "a comma or }")),
    (#"{"prompt":"a"}"#, .missingKey("completion")),
    (#"{"prompt":1,"completion":"b"}"#, .wrongType(path: "prompt", expected: "a string")),
    (#"{"prompt":"a","completion":"b","prompt":""}"#, .repeatedKey("prompt")),
    (#"["a","b"]"#, .wrongType(path: "the top", expected: "an object")),
  ]

  @Test("the message names the line, counted with the blank ones", arguments: problems)
  func wrongLine(text: String, problem: JSONProblem) throws {
    let good = #"{"prompt":"a","completion":"b"}"#
    let url = try #require(folder).file("c.jsonl", text: "\(good)\r\n\n\(text)\r\n\(good)\n")
    #expect(throws: JSONLinesError(url, .line(3, problem))) {
      try JSONLines.read(Example.self, from: url)
    }
  }

  @Test("a message is one line: file, line, problem, remedy")
  func message() {
    let error = JSONLinesError(
      URL(fileURLWithPath: "/train.jsonl"), .line(3, .missingKey("completion")))
    #expect(error.description == #"/train.jsonl: line 3 lacks the key "completion"; add it"#)
  }

  @Test("bytes that are not UTF-8")
  func notUTF8() throws {
    let url = try #require(folder).file("d.jsonl", Array("{}\n\"".utf8) + [0xE9, 0x22])
    #expect(throws: JSONLinesError(url, .line(2, .notUTF8))) {
      try JSONLines.read([String: Int].self, from: url)
    }
  }

  @Test("an empty file is an error only when the caller says so")
  func empty() throws {
    let url = try #require(folder).file("e.jsonl", text: "\n \r\n")
    #expect(try JSONLines.read(Example.self, from: url) == [])
    #expect(throws: JSONLinesError(url, .empty)) {
      try JSONLines.read(Example.self, from: url, allowsEmpty: false)
    }
  }

  @Test("a value that JSON has no form for is not written")
  func notANumber() throws {
    let url = try #require(folder).file("f.jsonl", text: "old")
    #expect(throws: JSONLinesError(url, .line(2, .cannotEncode))) {
      try JSONLines.write([["loss": 1.0], ["loss": .nan]], to: url)
    }
    #expect(try String(contentsOf: url, encoding: .utf8) == "old")
  }
}

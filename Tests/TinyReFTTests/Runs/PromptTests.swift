import Foundation
import Testing

@testable import TinyReFT

@Suite("Prompts of a file (docs/28-generation.md)")
struct PromptTests {
  private func read(_ text: String, _ name: String = "p.txt") throws -> [Prompt] {
    let folder = try TemporaryFolder()
    let url = try folder.file(name, text: text)
    return try Prompt.read(url, for: BaseModelTests.base())
  }

  @Test(
    "one a line, its spaces kept, or an object a line; blank lines, CR LF and a mark are passed over"
  )
  func lines() throws {
    for text in ["ab \nc\n", "\u{FEFF}\n \nab \r\n\r\nc"] {
      #expect(try read(text).map(\.text) == ["ab ", "c"])
    }
    #expect(
      try read("{\"prompt\": \"a\\nb\"}\n\n{\"prompt\": \"c\"}", "p.JSONL").map(\.text) == [
        "a\nb", "c",
      ])
    #expect(try read("{}").map(\.text) == ["{}"])
    #expect(try read("ab")[0].tokens == [256, 97, 98])
  }

  @Test(
    "what cannot be answered is refused by its line",
    arguments: [
      (
        "p.txt", "a\n\n\(String(repeating: "b", count: 300))",
        "line 3: The prompt has 301 tokens; this base continues"
      ),
      ("p.txt", "\n \n", "has no lines; write at least one"),
      ("p.jsonl", #"{"text": "a"}"#, #"line 1 lacks the key "prompt"; add it"#),
    ])
  func refused(name: String, text: String, message: String) {
    let error = #expect(throws: FileError.self) { try read(text, name) }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }

  @Test("bytes that are no text are refused by their line")
  func bytes() throws {
    let folder = try TemporaryFolder()
    let url = try folder.file("p.txt", [97, 10, 0xFF])
    expectError(url, "line 2 is not UTF-8 text; save it as UTF-8") {
      try Prompt.read(url, for: BaseModelTests.base())
    }
  }
}

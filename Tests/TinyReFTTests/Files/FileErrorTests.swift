import Foundation
import Testing

@testable import TinyReFT

@Suite("File errors (docs/50-files.md)")
struct FileErrorTests {
  @Test("text from a file is quoted, on one line, and cut")
  func quoting() {
    #expect(quoted("W") == #""W""#)
    #expect(quoted("a\n\u{1B}[31m\"") == #""a\n\u{1B}[31m\"""#)
    #expect(quoted(String(repeating: "a", count: 61)).hasSuffix("aa\"…"))
    // A line separator, a terminal's command in one character, text from right to left.
    #expect(quoted("a\u{2028}\u{9B}\u{202E}") == #""a\u{2028}\u{9B}\u{202E}""#)
    #expect(quoted([1, -2]) == "[1, -2]")
    #expect(quoted(Array(0..<10)) == "[0, 1, 2, 3, 4, 5, 6, 7, … 10 in all]")
  }

  @Test("a relative path is shown as it was given")
  func relativePath() {
    let url = URL(fileURLWithPath: "no folder/a.jsonl")
    let error = #expect(throws: FileError.self) { try JSONLines.read(url) }
    #expect(
      error?.description
        == "no folder/a.jsonl: cannot be read: there is no such file or folder; check the path")
  }

  @Test("what Foundation says without a number of the system's is shown in its words")
  func otherReasons() {
    let error = CocoaError(.fileReadUnknown)
    #expect(FileError.reason(error) == error.localizedDescription)
  }
}

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
    let none = DiskProblem.cannotRead("there is no such file or folder")
    let error = JSONLinesError(url, .disk(none))
    #expect(throws: error) { try JSONLines.read([String: String].self, from: url) }
    #expect(
      error.description
        == "no folder/a.jsonl: cannot be read: there is no such file or folder; check the path")
  }

  @Test("what Foundation says without a number of the system's is shown in its words")
  func otherReasons() {
    let error = CocoaError(.fileReadUnknown)
    #expect(DiskProblem.reason(error) == error.localizedDescription)
  }

  @Test("a file is removed, also when it is not there")
  func removing() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("x", text: "x")
    for _ in 0..<2 { try removeFile(file) }
    #expect(!FileManager.default.fileExists(atPath: file.path))
    let odd = URL(filePath: "/dev/null/x")
    #expect(throws: FileError<DiskProblem>.self) { try removeFile(odd) }
  }

  @Test(
    "a folder that may not be written to is refused",
    .enabled(if: getuid() != 0, "whoever may do everything may write there"))
  func forbidden() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o555], ofItemAtPath: folder.url.path)
    #expect(throws: FileError(folder.url, DiskProblem.cannotWrite("permission is denied"))) {
      try createFolder(folder.url)
    }
  }

  @Test("bytes that are written come back")
  func wholeFiles() throws {
    let folder = try TemporaryFolder()
    let url = try folder.file("x")
    try writeAtomically([1, 2, 3], to: url)
    try writeAtomically([4], to: url)
    #expect(try readBytes(url) == [4])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["x"])
  }
}

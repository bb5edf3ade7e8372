import Foundation
import Testing

@testable import TinyReFT

@Suite("Writing files (docs/80-trust.md)")
struct FileWriterTests {
  private let folder: TemporaryFolder
  private let files = FileManager.default

  init() throws { folder = try TemporaryFolder() }

  private var names: [String] {
    get throws { try files.contentsOfDirectory(atPath: folder.url.path).sorted() }
  }

  @Test("bytes that are written come back, and nothing else is left")
  func wholeFiles() throws {
    let url = try folder.file("x")
    try writeAtomically([1, 2, 3], to: url)
    try writeAtomically([4], to: url)
    #expect(try readBytes(url) == [4])
    #expect(try names == ["x"])
  }

  @Test("nothing is written through a link: neither by the file's name nor by its partial one's")
  func links() throws {
    let precious = try folder.file("precious", text: "precious")
    let url = try folder.file("x")
    for link in [url, partialFile(of: url)] {
      try files.createSymbolicLink(at: link, withDestinationURL: precious)
    }
    try writeAtomically([4], to: url)
    #expect(try readBytes(url) == [4])
    #expect(try String(contentsOf: precious, encoding: .utf8) == "precious")
    #expect(try names == ["precious", "x"])
  }

  @Test("what a kill left of a write is written over; a folder by that name is not")
  func partial() throws {
    let url = try folder.file("x")
    _ = try folder.file(partialFile(of: url).lastPathComponent, text: "half of")
    try writeAtomically([4], to: url)
    #expect(try names == ["x"])
    let inside = partialFile(of: url).appending(path: "precious")
    try files.createDirectory(at: inside, withIntermediateDirectories: true)
    expectError(url, "cannot be written: it is a folder; choose another place") {
      try writeAtomically([5], to: url)
    }
    #expect(try readBytes(url) == [4])
    #expect(files.fileExists(atPath: inside.path))
  }

  @Test("a write that fails leaves what stood there, and nothing beside it")
  func failure() throws {
    let url = folder.url.appending(path: "taken")
    try files.createDirectory(at: url.appending(path: "x"), withIntermediateDirectories: true)
    #expect(throws: FileError.self) { try writeAtomically([4], to: url) }
    #expect(try names == ["taken"])
  }

  @Test("a call that a signal cut short is made again; another failure is one")
  func interrupted() throws {
    var calls = 0
    let value = try retried {
      calls += 1
      if calls < 3 { throw POSIXError(.EINTR) }
      return calls
    }
    #expect(value == 3)
    #expect(throws: POSIXError(.ENOSPC)) { try retried { throw POSIXError(.ENOSPC) } }
  }

  @Test("a file is removed, also when it is not there; a link alone; a folder never")
  func removing() throws {
    let file = try folder.file("x", text: "x")
    let link = folder.url.appending(path: "link")
    try files.createSymbolicLink(at: link, withDestinationURL: file)
    try removeFile(link)
    #expect(try names == ["x"])
    for _ in 0..<2 { try removeFile(file) }
    #expect(try names == [])
    expectError(folder.url, "cannot be written: it is a folder; choose another place") {
      try removeFile(folder.url)
    }
  }

  @Test(
    "a folder that may not be written to is refused",
    .enabled(if: getuid() != 0, "whoever may do everything may write there"))
  func forbidden() throws {
    try files.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder.url.path)
    expectError(folder.url, "cannot be written: permission is denied; choose another place") {
      try createFolder(folder.url)
    }
  }
}

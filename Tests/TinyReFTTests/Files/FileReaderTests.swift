import Foundation
import Testing

@testable import TinyReFT

@Suite("Reading files (docs/50-files.md)")
struct FileReaderTests {
  @Test("pieces are the file's, and the whole is all of it")
  func pieces() throws {
    let folder = try TemporaryFolder()
    let url = try folder.file("x", [1, 2, 3, 4])
    let file = try FileReader(url)
    #expect(file.size == 4)
    #expect(try file.bytes(1..<3) == [2, 3])
    #expect(try file.bytes(4..<4) == [])
    #expect(try readBytes(url) == [1, 2, 3, 4])
    expectError(url, "cannot be read: it became shorter; check the path") { try file.bytes(2..<5) }
  }

  @Test("what is no regular file is refused by what it is")
  func kinds() throws {
    let folder = try TemporaryFolder()
    func link(_ name: String, to path: String) throws -> URL {
      let url = folder.url.appending(path: name)
      try FileManager.default.createSymbolicLink(atPath: url.path, withDestinationPath: path)
      return url
    }
    func expect(_ url: URL, _ reason: String, at line: SourceLocation = #_sourceLocation) {
      expectError(url, "cannot be read: \(reason); check the path", sourceLocation: line) {
        try readBytes(url)
      }
    }
    expect(folder.url, "it is a folder")
    expect(folder.url.appending(path: "x"), "there is no such file or folder")
    expect(try link("loop", to: "loop"), "it is a link that leads to no file")
    expect(try link("nowhere", to: "nothing"), "it is a link that leads to no file")
    let device = "it is no regular file but a pipe or a device; copy it into a file"
    expect(URL(filePath: "/dev/null"), device)
    expect(try link("zero", to: "/dev/zero"), device)
    let good = try folder.file("good", [7])
    #expect(try readBytes(link("link", to: good.path)) == [7])
  }
}

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
    #expect(throws: DiskProblem.cannotRead("it became shorter")) { try file.bytes(2..<5) }
  }

  @Test("what is no regular file is refused by what it is")
  func kinds() throws {
    let folder = try TemporaryFolder()
    func link(_ name: String, to path: String) throws -> URL {
      let url = folder.url.appending(path: name)
      try FileManager.default.createSymbolicLink(atPath: url.path, withDestinationPath: path)
      return url
    }
    func problem(_ url: URL) -> DiskProblem? {
      do throws(DiskProblem) { _ = try readBytes(url) } catch { return error }
      return nil
    }
    #expect(problem(folder.url) == .cannotRead("it is a folder"))
    #expect(
      problem(folder.url.appending(path: "x"))
        == .cannotRead("there is no such file or folder"))
    let loop = DiskProblem.cannotRead("it is a link that leads to no file")
    #expect(problem(try link("loop", to: "loop")) == loop)
    #expect(problem(try link("nowhere", to: "nothing")) == loop)
    let device = DiskProblem.cannotRead(
      "it is no regular file but a pipe or a device; copy it into a file")
    #expect(problem(URL(filePath: "/dev/null")) == device)
    #expect(problem(try link("zero", to: "/dev/zero")) == device)
    let good = try folder.file("good", [7])
    #expect(try readBytes(link("link", to: good.path)) == [7])
  }
}

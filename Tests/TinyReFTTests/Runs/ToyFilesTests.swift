import Foundation
import Testing

@testable import TinyReFT

@Suite("Toy files (docs/45-toy-world.md)")
struct ToyFilesTests {
  @Test("data/ holds what the world of its seed gives, byte for byte")
  func committed() throws {
    let folder = try TemporaryFolder()
    let data = try DataFolder.find()
    let paths = try ToyFiles.write(ToyWorld(), to: folder.url)
    #expect(paths.count == 19)
    for path in paths {
      let isSame =
        try Data(contentsOf: folder.url.appending(path: path))
        == Data(contentsOf: data.appending(path: path))
      #expect(isSame, "data/\(path) is stale; run 'tinyreft world'")
    }
  }
}

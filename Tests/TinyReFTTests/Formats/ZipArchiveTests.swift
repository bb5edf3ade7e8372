import Testing

@testable import TinyReFT

@Suite("Zip archive (docs/54-outgrowing.md)")
struct ZipArchiveTests {
  @Test("the checksum's own example, and that of nothing")
  func checksum() {
    #expect(ZipArchive.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(ZipArchive.checksum([]) == 0)
  }

  @Test("by hand: a file named a that says hi, in 135 bytes")
  func workedExample() throws {
    var archive = ZipArchive()
    try archive.add("a", Array("hi".utf8))
    // The checksum of "hi" is D8932AAC, and 2 bytes are 2 bytes, compressed or not.
    let sizes: [UInt8] = [0xAC, 0x2A, 0x93, 0xD8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0]
    // The name ends at 31 and the padding begins at 35; "hi" is to begin at 64: 29 = 0x1D zeros.
    let file: [UInt8] =
      [0x50, 0x4B, 3, 4] + zeros(10) + sizes + [0x21, 0, 0x61, 0x46, 0x42, 0x1D, 0] + zeros(29)
    // It has to begin at offset 0, and is 66 = 0x42 bytes long with its 2.
    let entry: [UInt8] = [0x50, 0x4B, 1, 2] + zeros(12) + sizes + zeros(12) + zeros(4) + [0x61]
    // One entry, in all one entry, of 47 = 0x2F bytes, that begins at 66.
    let end: [UInt8] =
      [0x50, 0x4B, 5, 6] + zeros(4) + [1, 0, 1, 0, 0x2F, 0, 0, 0, 0x42, 0, 0, 0, 0, 0]
    #expect(archive.bytes == file + [0x68, 0x69] + entry + end)
    #expect(archive.bytes.count == 135)
  }

  @Test("every file's bytes begin at a multiple of 64", arguments: [0, 1, 29, 30, 62, 63, 64, 65])
  func alignment(length: Int) throws {
    var archive = ZipArchive()
    try archive.add(String(repeating: "n", count: length), Array(repeating: 7, count: length))
    try archive.add("b", [0xAB, 0xCD])
    let begins = try #require(
      archive.bytes.indices.first { archive.bytes[$0...].starts(with: [0xAB, 0xCD]) })
    #expect(begins.isMultiple(of: 64))
  }

  @Test("what the offsets cannot reach is refused, and the last byte that they can is not")
  func limit() throws {
    var archive = ZipArchive()
    archive.limit = 135
    try archive.add("a", Array("hi".utf8))
    archive = ZipArchive()
    archive.limit = 134
    #expect(throws: PickledTensorsProblem.tooLarge(bytes: 135)) {
      try archive.add("a", Array("hi".utf8))
    }
    #expect(
      "\(PickledTensorsProblem.tooLarge(bytes: 5))".hasSuffix("4294967295; choose a smaller rank"))
  }

  @Test("a second file", .disabled("exercise 54.1"))
  func exercise() throws {
    var archive = ZipArchive()
    try archive.add("a", Array("hi".utf8))
    try archive.add("b", Array("you".utf8))
    // Where do the header of b, its three bytes, and the directory begin? They are not 0.
    let (header, contents, directory) = (0, 0, 0)
    #expect(archive.bytes[header...].starts(with: [0x50, 0x4B, 3, 4]) && header > 0)
    #expect(archive.bytes[contents...].starts(with: Array("you".utf8)))
    #expect(archive.bytes[directory...].starts(with: [0x50, 0x4B, 1, 2]))
  }

  private func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }
}

import Foundation
import Testing

@testable import TinyReFT

@Suite("Pickled tensors (docs/54-outgrowing.md)")
struct PickledTensorsTests {
  private let b = PickledTensors(items: [("b", .numbers(.vector(Tensor([[1, -2]]))))])

  /// A text step of the pickle.
  private func text(_ text: String) -> [UInt8] {
    [0x58, UInt8(text.utf8.count), 0, 0, 0] + Array(text.utf8)
  }

  /// The steps for a small whole number.
  private func number(_ n: UInt8) -> [UInt8] { [0x4A, n, 0, 0, 0] }

  private let ordered = Array("ccollections\nOrderedDict\n(tR".utf8)

  @Test("by hand: the pickle of b = [1, −2]")
  func workedExample() {
    let numbers: [UInt8] =
      Array("((".utf8) + text("storage") + Array("ctorch\nFloatStorage\n".utf8)
      + text("0") + text("cpu") + number(2) + Array("tQ".utf8)
    // Begin at 0, 2 numbers, each 1 behind the other, no gradient, no hooks.
    let arguments: [UInt8] =
      number(0) + Array("(".utf8) + number(2) + Array("t(".utf8) + number(1) + Array("t".utf8)
      + [0x89] + ordered + Array("t".utf8)
    let tensor = Array("ctorch._utils\n_rebuild_tensor_v2\n".utf8) + numbers + arguments + [0x52]
    #expect(b.pickle.file == [0x80, 2] + ordered + text("b") + tensor + Array("s.".utf8))
  }

  @Test("the archive has the pickle and the numbers, where torch.load looks for them")
  func archive() throws {
    var archive = ZipArchive()
    try archive.add("archive/byteorder", Array("little".utf8))
    // 1 is 3F800000, −2 is C0000000.
    try archive.add("archive/data/0", [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0])
    try archive.add("archive/version", Array("3\n".utf8))
    try archive.add("archive/data.pkl", b.pickle.file)
    #expect(try b.encoded() == archive.bytes)
  }

  @Test("a matrix [2, 3] steps 3 to the next row; a whole number has no shape and 8 bytes")
  func shapes() throws {
    let W = Tensor([[1, 2, 3], [4, 5, 6]])
    let pickled = PickledTensors(items: [("n", .whole(258)), ("W", .numbers(.matrix(W)))])
    let pickle = pickled.pickle.file
    let strides = Array("(".utf8) + number(2) + number(3) + Array("t(".utf8) + number(3) + number(1)
    #expect(contains(pickle, strides))
    #expect(contains(pickle, Array("ctorch\nLongStorage\n".utf8) + text("0")))
    #expect(
      contains(pickle, Array("ctorch\nFloatStorage\n".utf8) + text("1") + text("cpu") + number(6)))
    #expect(contains(pickle, number(0) + Array("(t(t".utf8)))
    // 258 is 0x102.
    #expect(contains(try pickled.encoded(), [2, 1, 0, 0, 0, 0, 0, 0]))
  }

  @Test("replaced modules stand in the attribute _metadata")
  func replacing() {
    var pickled = b
    pickled.replacing = ["", "m"]
    let flag = [0x7D] + text("assign_to_params_buffers") + [0x88, 0x73]
    let modules = [0x7D] + text("") + flag + [0x73] + text("m") + flag + [0x73]
    let attributes = [0x7D] + text("_metadata") + modules + [0x73, 0x62]
    #expect(pickled.pickle.file == b.pickle.file.dropLast() + attributes + [0x2E])
  }

  @Test("what is not finite as a float32 is refused by name, and nothing is written")
  func notFinite() throws {
    let url = try TemporaryFolder().file("x.bin")
    for bad in [Scalar.nan, .infinity, -.infinity] {
      let pickled = PickledTensors(items: [("W", .numbers(.matrix(Tensor([[1], [bad]]))))])
      #expect(throws: FileError(url, PickledTensorsProblem.notFinite(tensor: "W", element: 1))) {
        try pickled.write(to: url)
      }
    }
    #expect(!FileManager.default.fileExists(atPath: url.path))
  }

  @Test("a place that cannot be written to is named, with the reason")
  func disk() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "none/x.bin")
    let error = #expect(throws: FileError<PickledTensorsProblem>.self) { try b.write(to: url) }
    #expect(
      "\(try #require(error))".hasSuffix("there is no such file or folder; choose another place"))
  }
}

/// Whether `part` stands somewhere in `bytes`.
func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
  bytes.indices.contains { bytes[$0...].starts(with: part) }
}

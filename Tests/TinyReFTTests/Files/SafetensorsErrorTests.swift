import Foundation
import Testing

@testable import TinyReFT

@Suite("Safetensors: files that are refused (docs/50-files.md)")
struct SafetensorsErrorTests {
  let folder = try? TemporaryFolder()

  /// Headers over eight bytes of zeros, and what is wrong with them.
  static let headers: [(String, SafetensorsProblem)] = [
    ("", .headerIsNoObject),
    ("[]", .headerIsNoObject),
    (#" {"b":{}}"#, .headerIsNoObject),
    (#"{"b":"#, .header(.broken(byte: 6, expected: "a value"))),
    (#"{"b":{}}"#, .header(.missingKey("b.dtype"))),
    (
      #"{"b":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}"#,
      .header(.wrongType(path: "b.dtype", expected: "a string"))
    ),
    (entry("[2]", "[0,99999999999999999999]"), .header(.outOfRange)),
    (entry("[1.5]", "[0,8]"), .header(.outOfRange)),
    (
      #"{"__metadata__":{"a":1}}"#,
      .header(.wrongType(path: "__metadata__.a", expected: "a string"))
    ),
    (
      #"{"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"\u0062":{}}"#,
      .header(.repeatedKey("b"))
    ),
    (#"{"é":1,"e\#u{301}":1}"#, .header(.repeatedKey("é"))),
    (#"{"a":{"dtype":"F32","dtype":"F32"}}"#, .header(.repeatedKey("dtype"))),
    (entry("[1]", "[0,8]", type: "I64"), .unsupportedType(tensor: "b", type: "I64")),
    (entry("[1,2,1]", "[0,8]"), .unsupportedRank(tensor: "b", shape: [1, 2, 1])),
    (entry("[-2]", "[0,8]"), .absurdShape(tensor: "b", shape: [-2])),
    (
      entry("[4611686018427387904,2]", "[0,8]"),
      .absurdShape(tensor: "b", shape: [4_611_686_018_427_387_904, 2])
    ),
    (entry("[2]", "[8]"), .absurdOffsets(tensor: "b", offsets: [8])),
    (entry("[2]", "[-8,0]"), .absurdOffsets(tensor: "b", offsets: [-8, 0])),
    (entry("[2]", "[8,0]"), .absurdOffsets(tensor: "b", offsets: [8, 0])),
    (entry("[3]", "[0,8]"), .sizeMismatch(tensor: "b", shape: [3], bytes: 8)),
    (entry("[1]", "[4,8]"), .hole(tensor: "b", begins: 4, free: 0)),
    (entry("[3]", "[0,12]"), .cutShort(tensor: "b", ends: 12, data: 8)),
    (entry("[1]", "[0,4]"), .unusedBytes(4)),
    ("{}", .unusedBytes(8)),
    (
      entry("[1]", "[0,4]").dropLast() + "," + entry("[1]", "[0,4]", name: "c").dropFirst(),
      .overlap(tensor: "c", begins: 0, free: 4)
    ),
  ]

  @Test("each false header is refused for what is false in it", arguments: headers)
  func header(text: String, problem: SafetensorsProblem) throws {
    try expect(fileBytes(text, [0, 0, 0, 0, 0, 0, 0, 0]), problem)
  }

  @Test("a file that ends too early, or that claims too much")
  func lengths() throws {
    try expect([], .shorterThanItsLength(bytes: 0))
    try expect([1, 0, 0], .shorterThanItsLength(bytes: 3))
    try expect([3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], .headerTooLong(length: 3, room: 2))
    let most = [UInt8](repeating: 0xFF, count: 8)
    try expect(most + [0x7B, 0x7D], .headerTooLong(length: .max, room: 2))
  }

  @Test("nesting without end is refused, not followed")
  func deep() throws {
    let open = String(repeating: #"{"b":"#, count: 200_000)
    try expect(fileBytes(open, []), .header(.tooDeep(100)))
  }

  @Test("tensors larger than the memory are refused before any is read")
  func tooLarge() {
    let size = 1 << 60
    let header = Self.entry("[\(size / 4)]", "[0,\(size)]")
    #expect(throws: SafetensorsProblem.tooLarge(size)) {
      _ = try SafetensorsHeader(json: Array(header.utf8), dataSize: size)
    }
  }

  /// Zero, then infinity or NaN: all bits of the exponent set, and of the fraction none or some.
  static let infinities: [(String, [UInt8])] = [
    ("F32", [0, 0, 0, 0, 0, 0, 0x80, 0x7F]), ("F32", [0, 0, 0, 0, 1, 0, 0x80, 0xFF]),
    ("F16", [0, 0, 0, 0xFC]), ("F16", [0, 0, 1, 0x7C]),
    ("BF16", [0, 0, 0x80, 0x7F]), ("BF16", [0, 0, 0xC0, 0xFF]),
  ]

  @Test("infinity and NaN are refused, in each type", arguments: infinities)
  func notFinite(type: String, bytes: [UInt8]) throws {
    let header = Self.entry("[2]", "[0,\(bytes.count)]", type: type)
    try expect(fileBytes(header, bytes), .notFinite(tensor: "b", element: 1))
  }

  @Test("what the disk refuses")
  func disk() throws {
    let folder = try #require(folder)
    let missing = try folder.file("missing")
    let none = DiskProblem.cannotRead("there is no such file or folder")
    #expect(throws: SafetensorsError(missing, .disk(none))) { try Safetensors.read(missing) }
    let isFolder = DiskProblem.cannotRead("it is a folder")
    #expect(throws: SafetensorsError(folder.url, .disk(isFolder))) {
      try Safetensors.read(folder.url)
    }
    let nowhere = missing.appendingPathComponent("x")
    let noFolder = DiskProblem.cannotWrite("there is no such file or folder")
    #expect(throws: SafetensorsError(nowhere, .disk(noFolder))) {
      try Safetensors().write(to: nowhere)
    }
  }

  @Test("a message is one line: file, problem, remedy")
  func message() {
    let problem = SafetensorsProblem.unsupportedType(tensor: "a\nb", type: "I64")
    #expect(
      SafetensorsError(URL(fileURLWithPath: "/m.safetensors"), problem).description
        == #"/m.safetensors: "a\nb" has type "I64"; convert it to F32, F16, BF16 or F64"#)
  }

  private static func entry(
    _ shape: String, _ offsets: String, type: String = "F32", name: String = "b"
  ) -> String {
    #"{"\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}}"#
  }

  private func expect(
    _ bytes: [UInt8], _ problem: SafetensorsProblem,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let url = try #require(folder).file("bad.safetensors", bytes)
    #expect(throws: SafetensorsError(url, problem), sourceLocation: sourceLocation) {
      try Safetensors.read(url)
    }
    #expect(problem.description.contains(/[;?]/) && !problem.description.contains("\n"))
  }
}

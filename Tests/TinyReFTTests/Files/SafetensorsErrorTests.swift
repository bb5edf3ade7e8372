import Foundation
import Testing

@testable import TinyReFT

@Suite("Safetensors: files that are refused (docs/50-files.md)")
struct SafetensorsErrorTests {
  let folder = try? TemporaryFolder()

  private static let again = "; copy or download it again"
  private static let none = "does not begin with a JSON object; is it a safetensors file?"

  /// Headers over eight bytes of zeros, and what is wrong with them.
  static let headers = [
    ("", none), ("[]", none), (#" {"b":{}}"#, none),
    (
      #"{"b":"#,
      "its header is not valid JSON" + again
    ),
    (#"{"b":{}}"#, #"lacks the key "b.dtype"; add it"#),
    (#"{"b":1}"#, #""b" is 1, where an object belongs; correct it"#),
    (
      #"{"b":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}"#,
      #""b.dtype" is 7, where a string belongs; correct it"#
    ),
    (
      entry("[2]", "[0,1e30]"),
      #""b.data_offsets[1]" is 1e+30, where a whole number belongs; correct it"#
    ),
    (entry("[1.5]", "[0,8]"), #""b.shape[0]" is 1.5, where a whole number belongs; correct it"#),
    (
      #"{"__metadata__":{"a":1}}"#, #""__metadata__.a" is 1, where a string belongs; correct it"#
    ),
    (
      #"{"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"\u0062":{}}"#,
      #"has the key "b" twice; remove one"#
    ),
    (
      two(entry("[1]", "[0,4]", name: "é"), entry("[1]", "[4,8]", name: "e\u{301}")),
      #"has the key "é" twice; remove one"#
    ),
    (
      entry("[1]", "[0,8]", type: "I64"),
      #""b" has type "I64"; convert it to F32, F16, BF16 or F64, or leave it out if no layer reads it"#
    ),
    (
      entry("[1]", "[0,8]", type: "I64", name: #"a\nb"#),
      #""a\nb" has type "I64"; convert it to F32, F16, BF16 or F64, or leave it out if no layer reads it"#
    ),
    (
      entry("[1,2,1]", "[0,8]"),
      #""b" has shape [1, 2, 1]; only vectors and matrices are read"#
    ),
    (entry("[-2]", "[0,8]"), #""b" has the impossible shape [-2]"# + again),
    (
      entry("[4611686018427387904,2]", "[0,8]"),
      #""b" has the impossible shape [4611686018427387904, 2]"# + again
    ),
    (entry("[2]", "[8]"), #""b" has data_offsets [8], not [begin, end]"# + again),
    (entry("[2]", "[-8,0]"), #""b" has data_offsets [-8, 0], not [begin, end]"# + again),
    (entry("[2]", "[8,0]"), #""b" has data_offsets [8, 0], not [begin, end]"# + again),
    (entry("[3]", "[0,8]"), #""b" of shape [3] has 8 bytes, which do not agree"# + again),
    (entry("[1]", "[4,8]"), #""b" begins at 4 and leaves a hole from 0"# + again),
    (
      entry("[3]", "[0,12]"),
      #""b" ends at byte 12 of 8; the file is cut short, copy or download it again"#
    ),
    (entry("[1]", "[0,4]"), "has 4 bytes that belong to no tensor" + again),
    ("{}", "has 8 bytes that belong to no tensor" + again),
    (
      two(entry("[1]", "[0,4]"), entry("[1]", "[0,4]", name: "c")),
      #""c" begins at 0, before byte 4, which is free"# + again
    ),
  ]

  @Test("each false header is refused for what is false in it", arguments: headers)
  func header(text: String, message: String) throws {
    try expect(fileBytes(text, [0, 0, 0, 0, 0, 0, 0, 0]), message)
  }

  @Test("a file that ends too early, or that claims too much")
  func lengths() throws {
    try expect([], "has 0 bytes, no room for a header" + Self.again)
    try expect([1, 0, 0], "has 3 bytes, no room for a header" + Self.again)
    for (length, number) in [
      ([3, 0, 0, 0, 0, 0, 0, 0], 3), ([UInt8](repeating: 0xFF, count: 8), .max),
    ]
      as [([UInt8], UInt64)]
    {
      try expect(
        length + [0x7B, 0x7D],
        "says its header has \(number) bytes, but at most 2 can be" + Self.again)
    }
  }

  @Test("nesting without end is refused, not followed")
  func deep() throws {
    let open = String(repeating: #"{"b":"#, count: 200_000)
    try expect(fileBytes(open, []), "its header is not valid JSON" + Self.again)
  }

  @Test("tensors larger than the memory are refused before any is read")
  func tooLarge() {
    let (size, url) = (1 << 60, URL(filePath: "x.safetensors"))
    let header = Self.entry("[\(size / 4)]", "[0,\(size)]")
    expectError(url, "holds \(size) bytes, more than fit in memory; use a smaller model") {
      try SafetensorsHeader(json: Array(header.utf8), dataSize: size, of: url)
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
    try expect(
      fileBytes(header, bytes), #""b" is not finite at element 1; train or convert it again"#)
  }

  @Test("what the disk refuses")
  func disk() throws {
    let folder = try #require(folder)
    let missing = try folder.file("missing")
    expectError(missing, "cannot be read: there is no such file or folder; check the path") {
      try Safetensors.read(missing)
    }
    expectError(folder.url, "cannot be read: it is a folder; check the path") {
      try Safetensors.read(folder.url)
    }
    let (nowhere, none) = (missing.appending(path: "x"), "there is no such file or folder")
    expectError(nowhere, "cannot be written: \(none); choose another place") {
      try Safetensors().write(to: nowhere)
    }
  }

  private static func entry(
    _ shape: String, _ offsets: String, type: String = "F32", name: String = "b"
  ) -> String {
    #"{"\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}}"#
  }

  private static func two(_ one: String, _ other: String) -> String {
    one.dropLast() + "," + other.dropFirst()
  }

  private func expect(
    _ bytes: [UInt8], _ message: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let url = try #require(folder).file("bad.safetensors", bytes)
    expectError(url, message, sourceLocation: sourceLocation) { try Safetensors.read(url) }
  }
}

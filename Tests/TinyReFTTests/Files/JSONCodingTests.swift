import Foundation
import Testing

@testable import TinyReFT

@Suite("Values as JSON (docs/50-files.md)")
struct JSONCodingTests {
  struct Item: Encodable {
    var prompt: String
    var sizes: [Int]?
    var ready: Bool?
    var loss: Double?
  }

  @Test("sorted keys, plain slashes; a number that is not finite has no form")
  func text() throws {
    let item = Item(prompt: "a/b \u{1}\"é🦜", sizes: [-1, .max], ready: true, loss: 0.1)
    #expect(
      String(decoding: try JSONCoding.text(item), as: UTF8.self)
        == #"{"loss":0.1,"prompt":"a/b \u0001\"é🦜","ready":true,"sizes":[-1,9223372036854775807]}"#)
    let nowhere = URL(filePath: "/nowhere/x.json")
    expectError(
      nowhere, "would hold a number that is not finite, which JSON cannot write; train it again"
    ) { try JSONCoding.write([Double.nan], to: nowhere) }
  }

  @Test("an object of whatever JSON has a form for, keys sorted, without what is nil")
  func object() throws {
    let none: Int? = nil
    let object = JSONObject([
      "b": [1, 2], "a": JSONObject(["x": true, "y": none]), "c": none, "Z": UInt64.max,
    ])
    let text = String(decoding: try JSONCoding.text(object), as: UTF8.self)
    #expect(text == #"{"Z":18446744073709551615,"a":{"x":true},"b":[1,2]}"#)
  }
}

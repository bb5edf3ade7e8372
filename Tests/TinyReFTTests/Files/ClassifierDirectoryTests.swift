import Foundation
import Testing

@testable import TinyReFT

@Suite("Classifier directory (docs/37-classification.md)")
struct ClassifierDirectoryTests {
  private let labels = ["neg", "it's \"pos\"", "π"]

  private func written() throws -> (folder: TemporaryFolder, head: Classifier) {
    let folder = try TemporaryFolder()
    // Numbers that a float32 holds.
    var head = Classifier(width: 5, labelCount: 3)
    var next: Scalar = 0
    head.walk("") { _, tensor in
      for k in tensor.elements.indices { (tensor.elements[k], next) = (next / 4, next + 1) }
    }
    try ClassifierDirectory.write(head, labels: labels, to: folder.url)
    return (folder, head)
  }

  @Test("what is written is read again, bit for bit; a folder without one has none")
  func roundTrip() throws {
    let (folder, head) = try written()
    let back = try #require(try ClassifierDirectory.read(folder.url, width: 5))
    #expect(back.labels == labels)
    #expect(back.head.parameters.map(\.tensor) == head.parameters.map(\.tensor))
    let stored = try Safetensors.read(folder.url.appending(path: "classifier.safetensors"))
    #expect(stored.tensors["out_proj.weight"]?.shape == [3, 5])
    #expect(stored.tensors["dense.bias"]?.shape == [5])
    #expect(try ClassifierDirectory.read(TemporaryFolder().url, width: 5) == nil)

    // Equal as texts, and two labels all the same; and numbers alone are no folder without a classifier.
    let twins = ["\u{E9}", "e\u{301}", "x"]
    try ClassifierDirectory.write(head, labels: twins, to: folder.url)
    let read = try ClassifierDirectory.read(folder.url, width: 5)?.labels
    #expect(read?.map { Array($0.utf8) } == twins.map { Array($0.utf8) })
    let description = folder.url.appending(path: ClassifierDirectory.description)
    try FileManager.default.removeItem(at: description)
    expectError(description, "cannot be read: there is no such file or folder; check the path") {
      try ClassifierDirectory.read(folder.url, width: 5)
    }
  }

  @Test(
    "a description that does not fit says which field",
    arguments: [
      (#"{"format_version":1,"hidden_size":5,"labels":["a","b"]}"#, "has shape [3], expected [2]"),
      (#"{"format_version":2,"hidden_size":5,"labels":["a","b","c"]}"#, "format_version 2"),
      (#"{"format_version":0,"hidden_size":5,"labels":["a","b","c"]}"#, "\"format_version\" is 0"),
      (#"{"format_version":1,"hidden_size":6,"labels":["a","b","c"]}"#, "hidden size 6"),
      (#"{"format_version":1,"hidden_size":5,"labels":["a","a","c"]}"#, "two or more"),
      (#"{"format_version":1,"hidden_size":5,"labels":[]}"#, "two or more"),
      (#"{"format_version":1,"hidden_size":5}"#, "lacks the key \"labels\""),
      ("{", "classifier.json: is not valid JSON"),
    ])
  func malformed(json: String, message: String) throws {
    let (folder, _) = try written()
    _ = try folder.file("classifier.json", text: json)
    let error = #expect(throws: (any Error).self) {
      try ClassifierDirectory.read(folder.url, width: 5)
    }
    #expect(error.map { "\($0)" }?.contains(message) == true, "\(String(describing: error))")
  }

  @Test("numbers that are missing or damaged are errors, never traps")
  func damaged() throws {
    let (folder, _) = try written()
    let file = folder.url.appending(path: "classifier.safetensors")
    let bytes = [UInt8](try Data(contentsOf: file))
    var stream = RandomStream(seed: 1)
    for _ in 0..<200 {
      _ = try folder.file("classifier.safetensors", stream.damaged(bytes))
      _ = try? ClassifierDirectory.read(folder.url, width: 5)
    }
    try FileManager.default.removeItem(at: file)
    let error = #expect(throws: (any Error).self) {
      try ClassifierDirectory.read(folder.url, width: 5)
    }
    #expect(error.map { "\($0)" }?.contains("classifier.safetensors: cannot be read") == true)
  }
}

import Foundation
import Testing

@testable import TinyReFT

@Suite("Adapter directory (docs/50-files.md)")
struct AdapterDirectoryTests {
  private static let configuration = RivalConfiguration(
    method: "lora", size: 2, alpha: 3, maps: [.keys, .down], layers: [2, 0])

  @Test("the name of a method from a file is quoted on one line, and cut")
  func hostileName() throws {
    let name = "a\n\u{1B}[2J" + String(repeating: "x", count: 100_000)
    var c = Self.configuration
    c.method = name
    let error = #expect(throws: Refusal.self) {
      try c.check(against: SmallDecoder.configuration)
    }
    let text = try #require(error).description
    #expect(text.hasPrefix("there is no method ") && text.contains("; use loreft, "))
    #expect(!text.contains { $0.isNewline || $0 == "\u{1B}" } && text.count < 1000)
  }

  @Test("a folder that holds interventions too says so, and which of the two is meant is asked")
  func both() throws {
    let folder = try TemporaryFolder()
    let base = Decoder(SmallDecoder.configuration, seed: 7)
    let model = AdaptedBase(LoRA.self, Self.configuration, of: base, seed: 1).model
    try Rivals.write(model, Self.configuration, base: "", to: folder.url)
    _ = try folder.file(InterventionsDirectory.configuration, text: "{}")
    let message =
      "stands beside reft.json; each says what the folder holds; remove the one that is not meant"
    expectError(folder.url.appending(path: Rivals.configuration), message) {
      try Rivals.read(folder.url, for: base)
    }
  }

  @Test("what is written is read again, number by number", arguments: Methods.rivals)
  func roundTrip(rival: any Rival.Type) throws {
    let folder = try TemporaryFolder()
    let base = Decoder(SmallDecoder.configuration, seed: 7)
    let c = RivalConfiguration(
      method: rival.method, size: 2, alpha: 3, maps: [.keys, .down], layers: [0, 2])
    var trained = Trained(AdaptedBase(rival, c, of: base, seed: 1).model)
    var stream = RandomStream(seed: 2)
    // Numbers that a file can hold.
    trained.walk("") { _, tensor in
      tensor = .uniform(rows: tensor.rows, columns: tensor.columns, using: &stream)
      for k in tensor.elements.indices { tensor.elements[k] = Scalar(Float(tensor.elements[k])) }
    }
    try Rivals.write(trained.model, c, base: "00ff", to: folder.url)
    #expect(Rivals.isOne(folder.url))
    let read = try Rivals.read(folder.url, for: base)
    #expect(read.configuration == c && read.adapted.learned == trained.model.learned)
    let pairs = zip(read.adapted.decoder.parameters, trained.model.decoder.parameters)
    for (one, other) in pairs {
      #expect(
        one.name == other.name && one.tensor == other.tensor, "\(rival.method) \(one.name)")
    }
    #expect(read.adapted.decoder.parameters.count == trained.model.decoder.parameters.count)
  }

  @Test(
    "a file that does not fit says which field, and what would",
    arguments: [
      ("\"format_version\":1", "\"format_version\":2", "use a newer one"),
      ("\"method\":\"lora\"", "\"method\":\"lore\"", "there is no method \"lore\""),
      ("\"size\":2", "\"size\":0", "a size of 0"),
      ("\"size\":2", "\"size\":3", "the JSON beside it asks for more"),
      ("\"size\":2", "\"size\":1", "has shape"),
      ("\"size\":2", "\"size\":60000000", "is not within"),
      ("\"alpha\":3", "\"alpha\":-1", "alpha is -1"),
      ("k_proj", "x_proj", "supported: q_proj"),
      ("\"layers\":[2,0]", "\"layers\":[2,3]", "there is no layer 3"),
      ("\"layers\":[2,0]", "\"layers\":[2,2]", "each once"),
      ("\"hidden_size\":6", "\"hidden_size\":8", "hidden size 8"),
    ])
  func wrong(from: String, to: String, message: String) throws {
    let folder = try TemporaryFolder()
    let base = Decoder(SmallDecoder.configuration, seed: 7)
    let model = AdaptedBase(LoRA.self, Self.configuration, of: base, seed: 1).model
    try Rivals.write(model, Self.configuration, base: "00ff", to: folder.url)
    let file = folder.url.appending(path: "adapter.json")
    let text = try String(contentsOf: file, encoding: .utf8)
      .components(separatedBy: .whitespacesAndNewlines).joined()
    try #require(text.contains(from))
    try Data(text.replacing(from, with: to).utf8).write(to: file)
    let error = #expect(throws: FileError.self) {
      try Rivals.read(folder.url, for: base)
    }
    #expect("\(try #require(error))".contains(message))
  }
}

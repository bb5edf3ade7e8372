import Foundation
import Testing

@testable import TinyReFT

@Suite("Adapter directory (docs/50-files.md)")
struct AdapterDirectoryTests {
  private static let configuration = RivalConfiguration(
    method: "lora", size: 2, alpha: 3, maps: [.keys, .down], layers: [2, 0])

  @Test("what is written is read again, number by number", arguments: Methods.rivals)
  func roundTrip(rival: any Rival.Type) throws {
    func check<R: Rival>(_ rival: R.Type) throws {
      let folder = try TemporaryFolder()
      let base = Decoder(RivalTests.decoder, seed: 7)
      let c = RivalConfiguration(
        method: R.method, size: 2, alpha: 3, maps: [.keys, .down], layers: [0, 2])
      var model = AdaptedDecoder(base, R(c, for: base, seed: 1))
      var stream = RandomStream(seed: 2)
      // Numbers that a file can hold.
      model.walk("") { _, tensor in
        tensor = .uniform(rows: tensor.rows, columns: tensor.columns, using: &stream)
        for k in tensor.elements.indices { tensor.elements[k] = Scalar(Float(tensor.elements[k])) }
      }
      let adaptation = model.adaptation
      try AdapterDirectory.write(model, c, base: "00ff", to: folder.url)
      #expect(AdapterDirectory.isOne(folder.url))
      var decoder = model.decoder
      decoder.walk("") { name, weight in
        if adaptation.learns(name) { weight = .zeros(like: weight) }
      }
      let read = try AdapterDirectory.read(folder.url, into: &decoder)
      #expect(read.configuration == c)
      let loaded = try #require(read.adaptation as? R)
      for (one, other) in zip(loaded.parameters, model.adaptation.parameters) {
        #expect(one.name == other.name && one.tensor == other.tensor, "\(R.method) \(one.name)")
      }
      for (one, other) in zip(decoder.parameters, model.decoder.parameters) {
        #expect(one.tensor == other.tensor, "\(R.method) \(one.name)")
      }
    }
    try check(rival)
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
    var base = Decoder(RivalTests.decoder, seed: 7)
    let model = AdaptedDecoder(base, BlockRival<LoRA>(Self.configuration, for: base, seed: 1))
    try AdapterDirectory.write(model, Self.configuration, base: "00ff", to: folder.url)
    let file = folder.url.appending(path: "adapter.json")
    let text = try String(contentsOf: file, encoding: .utf8)
      .components(separatedBy: .whitespacesAndNewlines).joined()
    try #require(text.contains(from))
    try Data(text.replacing(from, with: to).utf8).write(to: file)
    let error = #expect(throws: CheckpointError.self) {
      try AdapterDirectory.read(folder.url, into: &base)
    }
    #expect("\(try #require(error))".contains(message))
  }
}

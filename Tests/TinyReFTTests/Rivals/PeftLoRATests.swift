import Testing

@testable import TinyReFT

@Suite("LoRA and DoRA against Hugging Face's peft (docs/70-rivals.md)")
struct PeftLoRATests {
  static let rivals: [any Rival.Type] = [LoRA.self, DoRA.self]

  @Test("logits, loss, every gradient and the merged matrices are PyTorch's", arguments: rivals)
  func peft(rival: any Rival.Type) throws {
    let base = try BaseModel.readDecoder(fixture("decoders/grouped"))
    let folder = fixture("peft/\(rival.method)")
    let stored = try Safetensors.read(folder.appending(path: "adapter_model.safetensors")).tensors
    let expected = try Safetensors.read(folder.appending(path: "expected.safetensors"))
    let c = RivalConfiguration(
      method: rival.method, size: 3, alpha: 5, maps: [.queries, .values, .down], layers: [0, 2])
    var trained = Trained(AdaptedBase(rival, c, of: base, seed: 1).model)
    #expect(Set(trained.parameters.map(\.name)) == Set(stored.keys))
    try trained.walk("") { name, tensor in
      let loaded = try #require(stored[name]).tensor
      #expect(loaded.shape == tensor.shape, "\(name)")
      tensor = loaded
    }
    func numbers(_ key: String) throws -> [Int] {
      try #require(expected.metadata[key]).split(separator: ",").compactMap { Int($0) }
    }
    let example = TokenSequence(
      tokens: try numbers("tokens"), promptLength: try #require(numbers("prompt_length").first))
    let ours = trained.model.trace(example).tensors
    let merged = trained.model.decoder.merged.parameters
    #expect(expected.tensors.count == 2 + stored.count + 2)
    for (name, theirs) in expected.tensors {
      let own =
        ours[name]?.tensor ?? merged.first { "merged.\($0.name)" == name }?.tensor
      let difference = try #require(own, "\(name)") - theirs.tensor
      let error = (difference.dot(difference) / theirs.tensor.dot(theirs.tensor)).squareRoot()
      #expect(error <= TraceTests.tolerance, "\(rival.method) \(name): \(error)")
    }
  }
}

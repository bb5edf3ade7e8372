import Foundation
import Testing

@testable import TinyReFT

@Suite("Prompts and prefixes against Hugging Face's peft (docs/70-rivals.md)")
struct PeftPromptTests {
  @Test(
    "loss, logits and every gradient are peft's",
    arguments: [PrefixTuning.self, SoftPrompts.self, PTuning.self] as [any Rival.Type])
  func equal(rival: any Rival.Type) throws {
    let fixture = try RivalFixture("peft-prompts/\(rival.method).safetensors")
    let model = try fixture.check(rival)
    if let network = model.decoder.embedding.soft as? PTuning {
      try fixture.expect(network.vectors, "prompt_embeddings")
    }
  }

  @Test("in ln-tuning the same weights learn as in peft")
  func norms() throws {
    let names = try String(contentsOf: fixture("peft-prompts/ln-tuning.txt"), encoding: .utf8)
    let base = try BaseModel.readDecoder(fixture("peft-prompts/base"))
    let c = RivalConfiguration(method: "ln-tuning", size: 0, layers: [0, 1])
    let model = AdaptedBase(WeightTuning<NormGains>.self, c, of: base, seed: 1).model
    #expect(
      model.trainedParameters.map(\.name)
        == names.split(separator: "\n").map(String.init))
  }
}

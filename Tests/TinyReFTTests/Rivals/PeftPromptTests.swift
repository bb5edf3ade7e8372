import Foundation
import Testing

@testable import TinyReFT

@Suite("Prompts and prefixes against Hugging Face's peft (docs/70-rivals.md)")
struct PeftPromptTests {
  @Test(
    "loss, logits and every gradient are peft's",
    arguments: [PrefixTuning.self, SoftPrompts.self, PTuning.self] as [any Rival.Type])
  func equal(rival: any Rival.Type) throws {
    func check<R: Rival>(_ rival: R.Type) throws {
      let fixture = try RivalFixture("peft-prompts/\(R.method).safetensors")
      let model = try fixture.check(rival)
      if let network = model.adaptation as? PTuning {
        try fixture.expect(network.prompts.prompt, "prompt_embeddings")
      }
    }
    try check(rival)
  }

  @Test("in ln-tuning the same weights learn as in peft")
  func norms() throws {
    let names = try String(contentsOf: fixture("peft-prompts/ln-tuning.txt"), encoding: .utf8)
    let base = try BaseModel.readDecoder(fixture("peft-prompts/base"))
    let rival = WeightTuning<NormGains>(
      RivalConfiguration(method: "ln-tuning", size: 0, layers: [0, 1]), for: base, seed: 1)
    #expect(
      AdaptedDecoder(base, rival).trainedParameters.map(\.name)
        == names.split(separator: "\n").map(String.init))
  }
}

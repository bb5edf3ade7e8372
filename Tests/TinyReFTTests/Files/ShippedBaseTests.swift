import Foundation
import Testing

@testable import TinyReFT

/// `data/base` in this program and in transformers, which answered in Fixtures/base.
@Suite("The base that ships (docs/53-against-pytorch.md)")
struct ShippedBaseTests {
  private struct Case: Decodable {
    let prompt: String
    let ids: [Int]
    let completion: String
  }

  @Test("ids, logits and greedy text are those of AutoTokenizer and AutoModelForCausalLM")
  func transformers() throws {
    let base = try BaseModel.read(DataFolder.find().appending(path: "base"))
    let model = AdaptedDecoder(base.decoder, Unadapted())
    let cases = try decoded([Case].self, from: fixture("base/cases.json"))
    let logits = try #require(
      Safetensors.read(fixture("base/logits.safetensors")).tensors["logits"]?.tensor)
    for (row, expected) in cases.enumerated() {
      #expect(base.tokenizer.prompt(expected.prompt) == expected.ids)
      var text = Reading(expected.ids, by: model)
      let difference = text.logits(of: model) - logits.gathered(rows: [row])
      // Logits are about ten; transformers computed them in float32.
      #expect(difference.largestMagnitude < 1e-4, "\(expected.prompt)")
      let completion = try model.generate(
        after: expected.ids, ends: base.ends, maxTokens: 24)
      #expect(base.tokenizer.decode(completion) == expected.completion)
    }
  }
}

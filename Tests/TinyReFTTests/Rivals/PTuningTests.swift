import Testing

@testable import TinyReFT

@Suite("P-tuning (docs/70-rivals.md)")
struct PTuningTests {
  @Test("by hand: one vector through three layers, and back")
  func byHand() {
    var rival = PTuning(
      RivalConfiguration(method: "p-tuning", size: 1, layers: []), width: 2, seed: 1)
    let values: [String: Tensor] = [
      "embedding.weight": Tensor([[1, -2]]),
      "mlp_head.0.weight": Tensor([[1, 0], [0, 1]]), "mlp_head.0.bias": Tensor([[0, 0]]),
      "mlp_head.2.weight": Tensor([[2, 0], [0, 2]]), "mlp_head.2.bias": Tensor([[1, -1]]),
      "mlp_head.4.weight": Tensor([[1, 1], [0, 1]]), "mlp_head.4.bias": Tensor([[0, 5]]),
    ]
    rival.walk("") { name, tensor in
      tensor = values[String(name.dropFirst("prompt_encoder.".count))] ?? .none
    }
    // [1, −2] → relu [1, 0] → [3, −1] → relu [3, 0] → [3, 5].
    #expect(rival.vectors == Tensor([[3, 5]]))

    var gradient = rival.zeroed
    rival.backward(Tensor([[1, 1]]), into: &gradient)
    let expected = [
      // dx of A₁, [2, 0], through W₁ = I.
      Tensor([[2, 0]]),
      // [2, 0]ᵀ · [1, −2].
      Tensor([[2, -4], [0, 0]]), Tensor([[2, 0]]),
      // [1, 1] · W₃ = [1, 2], and its second relu was shut; [1, 0]ᵀ · [1, 0].
      Tensor([[1, 0], [0, 0]]), Tensor([[1, 0]]),
      // [1, 1]ᵀ · [3, 0].
      Tensor([[3, 0], [3, 0]]), Tensor([[1, 1]]),
    ]
    #expect(gradient.parameters.map(\.tensor) == expected)
  }

  @Test("without its network it is prompt tuning, bit for bit")
  func stored() throws {
    let model = SmallDecoder.moved(PTuning.self)
    var stored = model
    stored.decoder.embedding.soft = SoftPrompts(
      try #require(model.decoder.embedding.soft as? PTuning).vectors)
    stored.learned = ["model.embed_tokens.prompt_embeddings": "prompt_embeddings"]
    let batch = Batch(SmallDecoder.examples.map(model.decoder.placed))
    #expect(stored.forward(batch).logits == model.forward(batch).logits)
    // k·d, of k·d + 3(d² + d).
    #expect((stored.trainedCount, model.trainedCount) == (2 * 6, 2 * 6 + 3 * (36 + 6)))
  }
}

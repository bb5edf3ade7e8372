import Testing

@testable import TinyReFT

@Suite("P-tuning (docs/70-rivals.md)")
struct PTuningTests {
  private static let decoder = DecoderConfiguration(
    vocabularySize: 3, hiddenSize: 2, layerCount: 1, headCount: 1, feedForwardSize: 3,
    contextLength: 8)

  @Test("by hand: one vector through three layers, and back")
  func byHand() {
    var rival = PTuning(
      RivalConfiguration(method: "p-tuning", size: 1, layers: []),
      for: Decoder(Self.decoder, seed: 1), seed: 1)
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
    let batch = Batch([TokenSequence(tokens: [0, 1], promptLength: 2)])
    let (h, cache) = rival.forward(Tensor([[8, 8], [9, 9]]), afterBlock: -1, of: batch)
    #expect(h == Tensor([[3, 5], [9, 9]]))

    var gradient = rival.zeroed
    let dh = rival.backward(Tensor([[1, 1], [4, 4]]), cache, afterBlock: -1, into: &gradient)
    #expect(dh == Tensor([[0, 0], [4, 4]]))
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

  @Test("behind a block nothing happens")
  func behindBlocks() {
    let rival = RivalTests.moved(PTuning.self).adaptation
    let batch = Batch([TokenSequence(tokens: [0, 0, 1], promptLength: 2)])
    let h = Tensor.random(rows: 3, columns: 6, seed: 1)
    let (same, cache) = rival.forward(h, afterBlock: 2, of: batch)
    var gradient = rival.zeroed
    #expect(same == h)
    #expect(rival.backward(h, cache, afterBlock: 2, into: &gradient) == h)
    #expect(gradient.norm == 0)
  }

  @Test("without its network it is prompt tuning, bit for bit")
  func stored() {
    let model = RivalTests.moved(PTuning.self)
    let stored = AdaptedDecoder(model.decoder, model.adaptation.prompts)
    let batch = Batch(RivalTests.examples.map(model.placed))
    #expect(stored.forward(batch).logits == model.forward(batch).logits)
    // k·d, of k·d + 3(d² + d).
    #expect((stored.trainedCount, model.trainedCount) == (2 * 6, 2 * 6 + 3 * (36 + 6)))
  }
}

import Testing

@testable import TinyReFT

@Suite("LoRA (docs/70-rivals.md)")
struct LoRATests {
  /// W = [3, 4; 0, 1].
  static let linear = Linear(weight: Tensor([[3, 4], [0, 1]]))

  static func configuration(
    _ method: String = "lora", size: Int = 1, alpha: Double = 1
  ) -> RivalConfiguration {
    RivalConfiguration(method: method, size: size, alpha: alpha, maps: [.values], layers: [0])
  }

  private static func lora(size: Int = 1, alpha: Double = 1) -> LoRA {
    var stream = RandomStream(seed: 2)
    return LoRA(configuration(size: size, alpha: alpha), at: linear, using: &stream)
  }

  @Test("by hand: one row through A, B and the scale, and back")
  func byHand() {
    // A = [1, 3], B = [10; 20], s = α / r = 2.
    var lora = Self.lora(alpha: 2)
    (lora.A, lora.B) = (Tensor([[1, 3]]), Tensor([[10], [20]]))
    // u = 1·2 + 3·1 = 5;  y + 2 · 5 · [10, 20].
    let (y, kept) = lora.forward(Tensor([[1, 1]]), from: Tensor([[2, 1]]))
    #expect(y == Tensor([[101, 201]]))
    // W + 2 · [10; 20] · [1, 3].
    #expect(lora.merged(Self.linear.weight) == Tensor([[23, 64], [40, 121]]))

    // dy = [1, 10]: du = 2 (1·10 + 10·20) = 420, and dx = du · A.
    var gradient = lora.zeroed
    let (dy, dx) = lora.backward(Tensor([[1, 10]]), kept, into: &gradient)
    #expect(dy == Tensor([[1, 10]]))
    #expect(dx == Tensor([[420, 1260]]))
    // dB = 2 dyᵀ · u and dA = du · x.
    #expect(gradient.B == Tensor([[10], [100]]))
    #expect(gradient.A == Tensor([[840, 420]]))
  }

  @Test("only the maps that are asked for are adapted, under peft's names")
  func names() {
    let model = SmallDecoder.model(LoRA.self, layers: [1], maps: [.values])
    let path = "model.layers.1.self_attn.v_proj.lora_"
    #expect(
      model.learned == [
        path + "A.weight": "base_model.model." + path + "A.weight",
        path + "B.weight": "base_model.model." + path + "B.weight",
      ])
    #expect(model.decoder.fixedBlockCount == 1)
  }

  @Test("as many numbers as the paper prints, in percent")
  func counts() {
    let five: [BlockMap] = [.queries, .keys, .values, .up, .down]
    for (base, printed) in [
      (RivalTests.llama7B, 0.826), (RivalTests.llama13B, 0.670), (RivalTests.llama3, 0.700),
    ] {
      let share = RivalTests.percent(LoRA.self, size: 32, maps: five, of: base)
      #expect(share.ofBoth == printed)
    }
    // Table 3 divides by the base alone: r = 16 on two matrices.
    let share = RivalTests.percent(
      LoRA.self, size: 16, maps: [.queries, .values], of: RivalTests.llama7B, digits: 4)
    #expect(share.ofBase == 0.1245)
    #expect(share.ofBoth != 0.1245)
    // Table 4: r = 8 on queries and values of RoBERTa-base.
    let ofTwo = RivalConfiguration(
      method: LoRA.method, size: 8, maps: [.queries, .values], layers: Array(0..<12))
    let roberta = DecoderConfiguration(
      vocabularySize: 50_265, hiddenSize: 768, layerCount: 12, headCount: 12,
      feedForwardSize: 3072, contextLength: 512)
    #expect(LoRA.parameterCount(ofTwo, for: roberta) == 294_912)
  }

  @Test("a rank of nothing traps")
  func traps() async {
    await #expect(processExitsWith: .failure) { _ = LoRATests.lora(size: 0) }
  }
}

import Testing

@testable import TinyReFT

@Suite("LoRA (docs/70-rivals.md)")
struct LoRATests {
  /// A block of width 2 whose values are made by W = [3, 4; 0, 1].
  static var block: Block {
    var stream = RandomStream(seed: 1)
    var block = Block(
      DecoderConfiguration(
        vocabularySize: 3, hiddenSize: 2, layerCount: 1, headCount: 1, feedForwardSize: 3,
        contextLength: 8), using: &stream)
    block[.values] = Linear(weight: Tensor([[3, 4], [0, 1]]))
    return block
  }

  static func part<Part: RivalPart>(_ part: Part.Type, size: Int = 1, alpha: Double = 1) -> Part {
    var stream = RandomStream(seed: 2)
    return Part(
      RivalConfiguration(
        method: Part.method, size: size, alpha: alpha, maps: [.values], layers: [0]),
      for: block, using: &stream)
  }

  @Test("by hand: one row through A, B and the scale, and back")
  func byHand() {
    // A = [1, 3], B = [10; 20], s = α / r = 2.
    var lora = Self.part(LoRA.self, alpha: 2)
    lora.walk("") { name, tensor in
      tensor = name.contains("lora_A") ? Tensor([[1, 3]]) : Tensor([[10], [20]])
    }
    // u = 1·2 + 3·1 = 5;  y + 2 · 5 · [10, 20].
    let (y, cache) = lora.forward(Tensor([[1, 1]]), from: Tensor([[2, 1]]), at: .values)
    #expect(y == Tensor([[101, 201]]))
    // W + 2 · [10; 20] · [1, 3].
    #expect(
      lora.merged(Tensor([[3, 4], [0, 1]]), at: .values) == Tensor([[23, 64], [40, 121]]))

    // dy = [1, 10]: du = 2 (1·10 + 10·20) = 420, and dx = du · A.
    var gradient = lora.zeroed
    let (dy, dx) = lora.backward(Tensor([[1, 10]]), cache, at: .values, into: &gradient)
    #expect(dy == Tensor([[1, 10]]))
    #expect(dx == Tensor([[420, 1260]]))
    // dB = 2 dyᵀ · u and dA = du · x.
    #expect(gradient.pairs[.values]?.B == Tensor([[10], [100]]))
    #expect(gradient.pairs[.values]?.A == Tensor([[840, 420]]))
  }

  @Test("only the maps that are asked for are adapted, under peft's names")
  func names() {
    let lora = Self.part(LoRA.self)
    #expect(lora.maps == [.values])
    #expect(
      lora.parameters.map(\.name)
        == ["self_attn.v_proj.lora_A.weight", "self_attn.v_proj.lora_B.weight"])
  }

  @Test("as many numbers as the paper prints, in percent")
  func counts() {
    let five: [BlockMap] = [.queries, .keys, .values, .up, .down]
    for (base, printed) in [
      (RivalTests.llama7B, 0.826), (RivalTests.llama13B, 0.670), (RivalTests.llama3, 0.700),
    ] {
      let share = RivalTests.percent(BlockRival<LoRA>.self, size: 32, maps: five, of: base)
      #expect(share.ofBoth == printed)
    }
    // Table 3 divides by the base alone: r = 16 on two matrices.
    let share = RivalTests.percent(
      BlockRival<LoRA>.self, size: 16, maps: [.queries, .values], of: RivalTests.llama7B, digits: 4)
    #expect(share.ofBase == 0.1245)
    #expect(share.ofBoth != 0.1245)
  }

  @Test("a rank of nothing traps")
  func traps() async {
    await #expect(processExitsWith: .failure) { _ = LoRATests.part(LoRA.self, size: 0) }
  }
}

import Testing

@testable import TinyReFT

@Suite("LoRA (docs/70-rivals.md)")
struct LoRATests {
  @Test("by hand: one row through A, B and the scale")
  func byHand() {
    var stream = RandomStream(seed: 1)
    let block = Block(
      DecoderConfiguration(
        vocabularySize: 3, hiddenSize: 2, layerCount: 1, headCount: 1, keyValueHeadCount: 1,
        headWidth: 2, feedForwardSize: 3, contextLength: 8), using: &stream)
    var lora = LoRA(
      RivalConfiguration(method: "lora", size: 1, alpha: 2, maps: [.values], layers: [0]),
      for: block, using: &stream)
    // A = [1, 3], B = [10; 20], s = α / r = 2.
    lora.walk("") { name, tensor in
      tensor = name.contains("lora_A") ? Tensor([[1, 3]]) : Tensor([[10], [20]])
    }
    // u = 1·2 + 3·1 = 5;  y + 2 · 5 · [10, 20].
    let (y, _) = lora.forward(Tensor([[1, 1]]), from: Tensor([[2, 1]]), at: .values)
    #expect(y == Tensor([[101, 201]]))
    #expect(lora.update(of: .values) == Tensor([[20, 60], [40, 120]]))
    #expect(lora.maps == [.values])
  }
}

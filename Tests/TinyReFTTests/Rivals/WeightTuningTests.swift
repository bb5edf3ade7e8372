import Testing

@testable import TinyReFT

@Suite("Finetuning (docs/70-rivals.md)")
struct WeightTuningTests {
  private static let methods: [any Rival.Type] = [
    WeightTuning<NormGains>.self, WeightTuning<LastBlock>.self, WeightTuning<AllWeights>.self,
  ]

  private static func model<R: Rival>(_ rival: R.Type, isTied: Bool) -> AdaptedDecoder<R> {
    var c = RivalTests.decoder
    (c.layerCount, c.tiesEmbeddings) = (2, isTied)
    let base = Decoder(c, seed: 1)
    return AdaptedDecoder(
      base, R(RivalConfiguration(method: R.method, size: 0, layers: [0]), for: base, seed: 1))
  }

  @Test("which weights learn, with a head of their own too", arguments: [true, false])
  func names(isTied: Bool) {
    func names<R: Rival>(_ rival: R.Type) -> [String] {
      Self.model(rival, isTied: isTied).trainedParameters.map(\.name)
    }
    let norms = ["input_layernorm.weight", "post_attention_layernorm.weight"]
    #expect(
      names(WeightTuning<NormGains>.self)
        == norms.map { "model.layers.0.\($0)" } + norms.map { "model.layers.1.\($0)" }
        + ["model.norm.weight"])
    let attention = ["q_proj", "k_proj", "v_proj", "o_proj"].map { "self_attn.\($0).weight" }
    let block =
      [norms[0]] + attention + [norms[1]]
      + ["gate_proj", "up_proj", "down_proj"].map { "mlp.\($0).weight" }
    #expect(
      names(WeightTuning<LastBlock>.self)
        == block.map { "model.layers.1.\($0)" } + ["model.norm.weight"])
    let all = names(WeightTuning<AllWeights>.self)
    #expect(all.count == (isTied ? 20 : 21))
    #expect(all.contains("lm_head.weight") == !isTied)
  }

  @Test(
    "their gradients are those of the whole, and the rest has none", arguments: methods,
    [true, false])
  func gradients(rival: any Rival.Type, isTied: Bool) {
    func check<R: Rival>(_ rival: R.Type) {
      let model = Self.model(rival, isTied: isTied)
      func gradient(_ zero: AdaptedDecoder<R>) -> [(name: String, tensor: Tensor)] {
        model.lossAndGradient(of: RivalTests.examples, zero: zero, threads: 1).gradient.parameters
      }
      for (own, whole) in zip(gradient(model.adaptationOnly), gradient(model.zeroed)) {
        let learns = model.adaptation.learns(own.name)
        #expect(own.tensor == (learns ? whole.tensor : .none), "\(R.method) \(own.name)")
      }
    }
    check(rival)
  }

  @Test("how much of LLaMA-7B learns")
  func counts() {
    func count<R: Rival>(_ rival: R.Type) -> Int {
      let c = RivalConfiguration(method: R.method, size: 0, layers: [])
      return R.parameterCount(c, for: RivalTests.llama7B)
    }
    // 65 norms of 4,096; 4 · 4,096² + 3 · 4,096 · 11,008 and 3 norms; all there is.
    #expect(count(WeightTuning<NormGains>.self) == 266_240)
    #expect(count(WeightTuning<LastBlock>.self) == 202_387_456)
    #expect(count(WeightTuning<AllWeights>.self) == 6_738_415_616)
  }
}

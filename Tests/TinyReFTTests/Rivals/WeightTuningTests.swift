import Testing

@testable import TinyReFT

@Suite("Finetuning (docs/70-rivals.md)")
struct WeightTuningTests {
  private static let methods: [any Rival.Type] = [
    WeightTuning<NormGains>.self, WeightTuning<LastBlock>.self, WeightTuning<AllWeights>.self,
  ]

  private static func model(
    _ rival: any Rival.Type, isTied: Bool
  ) -> AdaptedDecoder<Unadapted> {
    var c = SmallDecoder.configuration
    (c.layerCount, c.tiesEmbeddings) = (2, isTied)
    return AdaptedBase(
      rival, RivalConfiguration(method: rival.method, size: 0, layers: [0]),
      of: Decoder(c, seed: 1), seed: 1
    ).model
  }

  @Test("which weights learn, with a head of their own too", arguments: [true, false])
  func names(isTied: Bool) {
    func names(_ rival: any Rival.Type) -> [String] {
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
    let model = Self.model(rival, isTied: isTied)
    func gradient(_ zero: AdaptedDecoder<Unadapted>) -> [(name: String, tensor: Tensor)] {
      model.lossAndGradient(of: SmallDecoder.examples, zero: zero, threads: 1).gradient.parameters
    }
    for (own, whole) in zip(gradient(model.adaptationOnly), gradient(model.zeroed)) {
      let learns = model.learned[own.name] != nil
      #expect(own.tensor == (learns ? whole.tensor : .none), "\(rival.method) \(own.name)")
    }
  }

  @Test("how much of LLaMA-7B learns")
  func counts() {
    func count(_ rival: any Rival.Type) -> Int {
      let c = RivalConfiguration(method: rival.method, size: 0, layers: [])
      return rival.parameterCount(c, for: RivalTests.llama7B)
    }
    // 65 norms of 4,096; 4 · 4,096² + 3 · 4,096 · 11,008 and 3 norms; all there is.
    #expect(count(WeightTuning<NormGains>.self) == 266_240)
    #expect(count(WeightTuning<LastBlock>.self) == 202_387_456)
    #expect(count(WeightTuning<AllWeights>.self) == 6_738_415_616)
  }
}

import Testing

@testable import TinyReFT

@Suite("Prefix tuning (docs/70-rivals.md)")
struct PrefixTuningTests {
  /// d = G·w = 2, so that a block's keys are two columns and its values the next two.
  private static let decoder = DecoderConfiguration(
    vocabularySize: 3, hiddenSize: 2, layerCount: 3, headCount: 1, feedForwardSize: 3,
    contextLength: 8)

  private static func rival(_ prompt: Tensor, layers: [Int]) -> PrefixTuning {
    var rival = PrefixTuning(
      RivalConfiguration(method: "prefix-tuning", size: prompt.rows, layers: layers),
      for: decoder, seed: 1)
    rival.walk("") { _, tensor in tensor = prompt }
    return rival
  }

  @Test("by hand: a token that asks nothing takes half from the prefix, and half from itself")
  func byHand() throws {
    var stream = RandomStream(seed: 1)
    var attention = Attention(Self.decoder, outputScale: 1, using: &stream)
    attention.queries.weight = Tensor([[0, 0], [0, 0]])
    (attention.values.weight, attention.output.weight) = (
      Tensor([[1, 0], [0, 1]]), Tensor([[1, 0], [0, 1]])
    )
    let rival = Self.rival(Tensor([[7, 7, 10, 20]]), layers: [0])
    // Two sequences of one token each.
    let rows = Rows([0..<1, 1..<2], turns: RotaryEmbedding(Self.decoder).turns(at: [1, 1]))
    let prefix = try #require(rival[block: 0])
    var past = Past(endToEnd: [prefix, prefix])
    let (y, cache) = attention.forward(Tensor([[2, 4], [4, 8]]), rows, after: &past)
    // ([10, 20] + [2, 4]) / 2 and ([10, 20] + [4, 8]) / 2.
    expectClose(y, [6, 12, 7, 14])
    var frozen = attention.frozen
    let (_, arrived) = attention.backward(Tensor([[1, 0], [3, 2]]), cache, into: &frozen)
    // Half of each sequence's dy; no question is asked, so no key matters.
    expectClose(arrived.values, [0.5, 0, 1.5, 1])
    expectClose(arrived.keys, [0, 0, 0, 0])
    var gradient = rival.zeroed
    for _ in 0..<2 { gradient.add(arrived, block: 0) }
    expectClose(gradient.prompt, [0, 0, 4, 2])
  }

  @Test("a block's columns are its keys and then its values, in the order of the blocks")
  func columns() throws {
    var rival = Self.rival(Tensor([[1, 2, 3, 4, 5, 6, 7, 8]]), layers: [2, 0])
    #expect(rival[block: 0]?.keys == Tensor([[1, 2]]))
    #expect(rival[block: 0]?.values == Tensor([[3, 4]]))
    #expect((rival[block: 1] ?? rival.frozen[block: 0]) == nil)
    let last = try #require(rival[block: 2])
    #expect((last.keys, last.values) == (Tensor([[5, 6]]), Tensor([[7, 8]])))
    rival.add((last.keys, last.values), block: 0)
    #expect(rival.prompt == Tensor([[6, 8, 10, 12, 5, 6, 7, 8]]))
    var decoder = Decoder(Self.decoder, seed: 1)
    decoder.prefix = rival
    #expect((decoder.takenContext, decoder.fixedBlockCount) == (1, 0))
    decoder.prefix = Self.rival(Tensor([[1, 2, 3, 4]]), layers: [2])
    #expect(decoder.fixedBlockCount == 2)
  }

  @Test("ten places are the paper's percentages")
  func percentages() {
    for (base, count, printed) in [
      (RivalTests.llama7B, 2_621_440, 0.039), (RivalTests.llama13B, 4_096_000, 0.031),
    ] {
      let c = RivalConfiguration(
        method: "prefix-tuning", size: 10, layers: Array(0..<base.layerCount))
      #expect(PrefixTuning.parameterCount(c, for: base) == count)
      #expect(RivalTests.percent(PrefixTuning.self, size: 10, of: base) == (printed, printed))
    }
    // Llama 3 shares eight keys and values among 32 heads: a quarter.
    #expect(
      PrefixTuning.parameterCount(
        RivalConfiguration(method: "prefix-tuning", size: 10, layers: Array(0..<32)),
        for: RivalTests.llama3) == 655_360)
  }

  @Test("begins small")
  func start() {
    let rival = PrefixTuning(
      RivalConfiguration(method: "prefix-tuning", size: 50, layers: [0, 1, 2]),
      for: Self.decoder, seed: 1)
    let mean = (rival.prompt.dot(rival.prompt) / Double(rival.prompt.count)).squareRoot()
    #expect(abs(mean - 0.02) < 0.002)
  }
}

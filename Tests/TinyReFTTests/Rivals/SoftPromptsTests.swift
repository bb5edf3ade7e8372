import Testing

@testable import TinyReFT

@Suite("Prompt tuning (docs/70-rivals.md)")
struct SoftPromptsTests {
  @Test("by hand: tokens behind the vocabulary are rows of P, and give it their gradient")
  func byHand() throws {
    var embedding = Embedding(weight: Tensor([[1, 1], [2, 2], [3, 3]]))
    embedding.soft = SoftPrompts(Tensor([[7, 8], [9, 10]]))
    // Two sequences, each with two places in front.
    let tokens = [3, 4, 0, 3, 4, 2, 2]
    #expect(
      embedding.embed(tokens)
        == Tensor([[7, 8], [9, 10], [1, 1], [7, 8], [9, 10], [3, 3], [3, 3]]))
    var gradient = embedding.zeroed
    let dh = Tensor([[1, 1], [2, 2], [3, 3], [4, 4], [5, 5], [6, 6], [7, 7]])
    embedding.embedBackward(dh, tokens, into: &gradient)
    // Rows 0 and 3, rows 1 and 4.
    #expect(try #require(gradient.soft as? SoftPrompts).vectors == Tensor([[5, 5], [7, 7]]))
    #expect(gradient.weight == Tensor([[3, 3], [0, 0], [13, 13]]))
  }

  @Test("every text begins with them, and they take their places of the context")
  func places() {
    let decoder = SmallDecoder.model(SoftPrompts.self).decoder
    let placed = decoder.placed(TokenSequence(tokens: [5, 6, 7], promptLength: 2))
    #expect(placed == TokenSequence(tokens: [11, 12, 5, 6, 7], promptLength: 4))
    #expect((decoder.takenContext, decoder.fixedBlockCount) == (2, 0))
  }

  @Test("a token behind them traps")
  func outside() async {
    await #expect(processExitsWith: .failure) {
      var embedding = Embedding(weight: Tensor([[1, 1]]))
      embedding.soft = SoftPrompts(Tensor([[7, 8]]))
      _ = embedding.embed([2])
    }
  }

  @Test("begins at embeddings of tokens, others with another seed")
  func start() {
    let base = Decoder(SmallDecoder.configuration, seed: 1)
    func rows(seed: UInt64) -> [Tensor] {
      let c = RivalConfiguration(method: "prompt-tuning", size: 5, layers: [])
      let prompt =
        AdaptedBase(SoftPrompts.self, c, of: base, seed: seed)
        .decoder.embedding.soft as? SoftPrompts
      return (0..<5).compactMap { prompt?.vectors.gathered(rows: [$0]) }
    }
    let vocabulary = (0..<11).map { base.embedding.weight.gathered(rows: [$0]) }
    #expect(rows(seed: 1).count == 5 && rows(seed: 1).allSatisfy(vocabulary.contains))
    #expect(rows(seed: 1) != rows(seed: 2))
  }

  @Test("20 vectors of LLaMA-7B are 81,920 numbers")
  func count() {
    let c = RivalConfiguration(method: "prompt-tuning", size: 20, layers: [])
    #expect(SoftPrompts.parameterCount(c, for: RivalTests.llama7B) == 81_920)
  }
}

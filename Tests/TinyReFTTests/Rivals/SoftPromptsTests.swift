import Testing

@testable import TinyReFT

@Suite("Prompt tuning (docs/70-rivals.md)")
struct SoftPromptsTests {
  /// Two sequences, with two places in front of each: rows 0 and 1, rows 3 and 4.
  private static let batch = Batch([
    TokenSequence(tokens: [0, 0, 5], promptLength: 3),
    TokenSequence(tokens: [0, 0, 6, 7], promptLength: 3),
  ])

  @Test("by hand: the rows in front become P, and give it their gradient")
  func byHand() {
    let rival = SoftPrompts(Tensor([[7, 8], [9, 10]]))
    let h = Tensor([[1, 1], [2, 2], [3, 3], [4, 4], [5, 5], [6, 6], [0, 0]])
    let (edited, cache) = rival.forward(h, afterBlock: -1, of: Self.batch)
    #expect(
      edited == Tensor([[7, 8], [9, 10], [3, 3], [7, 8], [9, 10], [6, 6], [0, 0]]))
    var gradient = rival.zeroed
    let dh = rival.backward(h, cache, afterBlock: -1, into: &gradient)
    // Rows 0 and 3, rows 1 and 4. The tokens that stood there made no difference.
    #expect(gradient.prompt == Tensor([[5, 5], [7, 7]]))
    #expect(dh == Tensor([[0, 0], [0, 0], [3, 3], [0, 0], [0, 0], [6, 6], [0, 0]]))
  }

  @Test("behind a block nothing happens")
  func behindBlocks() {
    let rival = SoftPrompts(Tensor([[7, 8], [9, 10]]))
    let h = Tensor.random(rows: 7, columns: 2, seed: 1)
    let (same, cache) = rival.forward(h, afterBlock: 0, of: Self.batch)
    var gradient = rival.zeroed
    #expect(same == h)
    #expect(rival.backward(h, cache, afterBlock: 0, into: &gradient) == h)
    #expect(gradient.prompt == rival.zeroed.prompt)
  }

  @Test("which tokens hold the places does not matter")
  func anyToken() {
    let model = RivalTests.moved(SoftPrompts.self)
    func logits(_ front: [Int]) -> Tensor {
      model.forward(Batch([TokenSequence(tokens: front + [3, 4, 5], promptLength: 4)])).logits
    }
    #expect(logits([0, 0]) == logits([9, 2]))
  }

  @Test("begins at embeddings of tokens, others with another seed")
  func start() {
    let base = Decoder(RivalTests.decoder, seed: 1)
    func rows(seed: UInt64) -> [Tensor] {
      let c = RivalConfiguration(method: "prompt-tuning", size: 5, layers: [])
      let prompt = SoftPrompts(c, for: base, seed: seed).prompt
      return (0..<5).map { prompt.gathered(rows: [$0]) }
    }
    let vocabulary = (0..<11).map { base.embedding.weight.gathered(rows: [$0]) }
    #expect(rows(seed: 1).allSatisfy(vocabulary.contains))
    #expect(rows(seed: 1) != rows(seed: 2))
  }

  @Test("20 vectors of LLaMA-7B are 81,920 numbers")
  func count() {
    let c = RivalConfiguration(method: "prompt-tuning", size: 20, layers: [])
    #expect(SoftPrompts.parameterCount(c, for: RivalTests.llama7B) == 81_920)
  }
}

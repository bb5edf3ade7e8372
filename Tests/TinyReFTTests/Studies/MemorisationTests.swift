import Testing

@testable import TinyReFT

@Suite("Memorisation (docs/73-studies.md)")
struct MemorisationTests {
  @Test("by hand: one direction takes [5, 0] to [2, 4], and could take it anywhere")
  func anywhere() {
    // w − v = [−3, 4] has length 5, so R = [−0.6, 0.8], and b = R w = −1.2 + 3.2 = 2.
    let phi = ConsReFT(A: Tensor([[-0.6, 0.8]]), b: Tensor([[2]]))
    expectClose(phi(Tensor([[5, 0]])), [2, 4])
    let (v, w) = (Tensor.random(columns: 7, seed: 1), Tensor.random(columns: 7, seed: 2))
    let way = w - v
    let R = Scalar(1 / way.dot(way).squareRoot()) * way
    expectClose(ConsReFT(A: R, b: Tensor([[Scalar(R.dot(w))]]))(v), w)
  }

  @Test(
    "a codebook: an edit of the last prompt token tells prompts apart, three by rank 2, two by rank 1",
    arguments: [(1, 2), (2, 3)])
  func codebook(rank: Int, prompts: Int) throws {
    // The prompts differ before their last token, which alone is edited.
    let examples = (0..<prompts).map {
      TokenSequence(tokens: [0, 1 + $0, 5, 6 + $0], promptLength: 3)
    }
    let reft = ReFT<LoReFT>(
      rank: rank, width: 16, layers: [0], positions: .ends(prefix: 0, suffix: 1), sharing: .side,
      seed: 2)
    let model = AdaptedDecoder(TrainerTests.model().decoder, reft)
    #expect(model.evaluate(examples, threads: 1).accuracy < 1)
    var trainer = Trainer(
      model, training: model.adaptationOnly, options: TrainerTests.options(), totalSteps: 300)
    for _ in 0..<300 { _ = try trainer.step(on: examples) }
    #expect(trainer.model.evaluate(examples, threads: 1).accuracy == 1)
  }

  @Test("strings are as long as asked, the same each time, and of their kind")
  func strings() {
    var study = Memorisation()
    study.longest = 30
    let letters = study.string(.letters, 0)
    #expect(letters.utf8.count == 30 && letters.allSatisfy { ("a"..."z").contains($0) })
    #expect(letters == study.string(.letters, 0) && letters != study.string(.letters, 1))
    #expect(study.string(.text, 0).utf8.count == 30)
    #expect(study.string(.text, 0).contains(" "))
  }

  @Test("an edit of the last block decides one letter, and has no say in the next")
  func lastBlock() throws {
    let c = DecoderConfiguration(
      vocabularySize: 259, hiddenSize: 64, layerCount: 1, headCount: 2, feedForwardSize: 8,
      contextLength: 128)
    let decoder = Memorisation.untrained(16, like: Decoder(c, seed: 1), seed: 2)
    #expect(decoder.configuration.headWidth == 8 && decoder.configuration.feedForwardSize == 2)
    var study = Memorisation()
    (study.longest, study.strings, study.steps, study.learningRates) = (3, 2, 250, [0.1])
    let results = study.run(decoder, named: "small", threads: 2) {}
    #expect(results.map(\.kind) == [.text, .letters])
    // Which letter follows the first is up to the decoder, and it prefers none of ours.
    #expect(results.allSatisfy { $0.lengths == [[1, 1]] && $0.width == 16 })
    #expect(results == study.run(decoder, named: "small", threads: 1) {})
    #expect(study.reproduced(String(study.string(.letters, 0).prefix(1)), decoder, layer: 0) == 1)
  }
}

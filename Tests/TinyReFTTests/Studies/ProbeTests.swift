import Testing

@testable import TinyReFT

@Suite("Probe (docs/37-classification.md)")
struct ProbeTests {
  private let decoder = Decoder(BaseModelTests.configuration, seed: 1)

  /// The label is whether the last token is above 9: the last state surely shows it.
  private let examples = (4..<16).map { t in
    TokenSequence(tokens: [3, 16 - t, t, t > 9 ? 1 : 0], promptLength: 3)
  }

  private var options: TrainingOptions {
    var options = TrainingOptions()
    (options.epochs, options.batchSize) = (20, 4)
    return options
  }

  private var head: Classifier {
    Classifier(width: decoder.configuration.hiddenSize, labelCount: 2, seed: 2)
  }

  @Test("it learns what the last state shows, the base untouched, at a rate of its own choice")
  func learns() {
    let probe = Probe(head, on: decoder, train: examples, dev: examples, options: options)
    #expect(probe.model.evaluate(examples, threads: 1).accuracy == 1)
    #expect(Probe.learningRates.contains(probe.learningRate))
    #expect(zip(probe.model.decoder.parameters, decoder.parameters).allSatisfy { $0 == $1 })
  }

  @Test("training it alone is training it with interventions that do nothing")
  func alone() throws {
    func end(_ savings: Savings) throws -> Classifier {
      var options = options
      options.savings = savings
      let model = AdaptedDecoder(decoder, Unadapted(), head)
      var trainer = Trainer(
        model, training: model.adaptationOnly, options: options, totalSteps: 60)
      try trainer.train(on: examples) { _, _ in true }
      return try #require(trainer.model.classifier)
    }
    let (kept, plain) = (try end(.all), try end([]))
    #expect(kept.parameters.map(\.tensor) == plain.parameters.map(\.tensor))
  }

  @Test("of learning rates that dev cannot tell apart the first is kept")
  func ties() {
    let probe = Probe(head, on: decoder, train: examples, dev: [], options: options)
    #expect(probe.learningRate == Probe.learningRates[0])
  }

  @Test("asked to stop, it ends with the head it was given")
  func stops() {
    let probe = Probe(
      head, on: decoder, train: examples, dev: examples, options: options, goesOn: { false })
    #expect(probe.model.classifier?.dense == head.dense)
  }
}

/// The rival of a classifier with interventions: the same head on the frozen base, trained alone.
///
/// What it can tell apart, the last hidden state shows already; only what ReFT adds to that was made
/// by the interventions. It has the same start, examples, steps and schedule, and beyond that the
/// best on dev of a few learning rates, where ReFT has one.
///
///     paper      Wu et al. 2024, arXiv:2404.03592v3, eqs. 5 and 6, with nothing but θ
///     differs    the paper prints no probe
public struct Probe: Sendable {
  public static let learningRates = [1e-3, 3e-3, 1e-2, 3e-2, 1e-1]

  public let model: AdaptedDecoder<Unadapted>
  public let learningRate: Double

  /// Trains `head` at every learning rate and keeps the first that is best on `dev`. Ends early, with
  /// what it has, when `goesOn` says no.
  public init(
    _ head: Classifier, on base: Decoder, train: [TokenSequence], dev: [TokenSequence],
    options: TrainingOptions, goesOn: () -> Bool = { true }
  ) {
    let start = AdaptedDecoder(base, Unadapted(), head)
    let steps = Trainer<Unadapted>.steps(examples: train.count, options: options)
    var best = (model: start, rate: Self.learningRates[0], accuracy: -1.0)
    for rate in Self.learningRates where goesOn() {
      var options = options
      options.learningRate = rate
      var trainer = Trainer(
        start, training: start.adaptationOnly, options: options, totalSteps: steps)
      // A rate that explodes ends with its last good model, and dev says what that is worth.
      try? trainer.train(on: train) { _, _ in goesOn() }
      let accuracy = trainer.model.evaluate(dev, threads: options.threads).accuracy
      if accuracy > best.accuracy { best = (trainer.model, rate, accuracy) }
    }
    (model, learningRate) = (best.model, best.rate)
  }
}

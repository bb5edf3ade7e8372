/// What a run does, while it trains, on examples that it does not learn from.
///
/// Measured is on all of dev after every epoch, or every so many steps, if one asks for it. Otherwise it
/// shall cost little beside training: for twelve examples that are trained on, one of dev is asked, and at
/// least 16 at a time, if need be after several epochs.
///
///     units      losses in nats per target token, accuracy from 0 to 1
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 4.1: settings are chosen on a development set
public struct DevWatch: Sendable {
  /// Which state of the model is kept in the end: the last, or that with the least loss on dev.
  public enum Keep: String, Sendable, CaseIterable { case last, best }

  let examples: [TokenSequence]
  /// In steps.
  private let interval: Int
  let keep: Keep

  /// nil for `interval` 0. `count` examples are trained on.
  public init?(
    dev: [TokenSequence], training count: Int, _ options: TrainingOptions, every interval: Int?,
    keep: Keep = .last
  ) {
    guard interval != 0 else { return nil }
    let epoch = Trainer<Unadapted>.steps(examples: count, options: options) / max(1, options.epochs)
    let isCheap = interval == nil && keep == .last
    let few = isCheap ? min(dev.count, max(16, count / 12)) : dev.count
    let epochs = isCheap ? max(1, 12 * few / max(1, count)) : 1
    // From all of it, because the kinds of items may stand one behind the other.
    examples = (0..<few).map { dev[$0 * dev.count / few] }
    (self.interval, self.keep) = (interval ?? max(1, epoch * epochs), keep)
  }

  /// What this model does after a step, if it is time; nil, too, where its loss is no number.
  func point(
    _ model: AdaptedDecoder<some Adaptation>, _ record: RunRecord, of steps: Int, threads: Int
  ) -> DevPoint? {
    let step = record.losses.count
    guard step.isMultiple(of: interval) || step == steps else { return nil }
    let result = model.evaluate(examples, threads: threads)
    let since = record.losses.suffix(max(1, step - (record.dev.last?.step ?? 0)))
    // As a checkpoint keeps them.
    let loss = Scalar(result.loss)
    guard loss.isFinite else { return nil }
    return DevPoint(
      step: step, trainLoss: Double(since.reduce(0, +) / Scalar(since.count)), loss: Double(loss),
      accuracy: Double(Scalar(result.accuracy)))
  }
}

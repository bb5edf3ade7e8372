import Foundation

/// The main job: a frozen base, a task, and what adapts the one to the other.
///
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 3.2, eqs. 4 and 6
public struct Finetuning<A: Adaptation>: Sendable {
  public private(set) var model: AdaptedDecoder<A>
  public let options: TrainingOptions
  /// The last model whose loss was seen to be finite, on what it was trained on.
  private var lastGood: AdaptedDecoder<A>
  /// What was done so far.
  public internal(set) var record = RunRecord()

  /// With a classifier it is labels that are learned, and the classifier learns too; `learned` says
  /// what else does.
  public init(
    base: Decoder, _ adaptation: A, classifier: Classifier? = nil,
    learned: [String: String] = [:], options: TrainingOptions
  ) {
    model = AdaptedDecoder(base, adaptation, classifier, learned: learned)
    lastGood = model
    self.options = options
  }

  /// What can be said after a step.
  public struct Progress: Sendable {
    public let step: Int
    public let totalSteps: Int
    public let loss: Double
    public let tokensPerSecond: Double
    /// The last that was measured on dev.
    public let dev: DevPoint?
    /// max |R Rᵀ − I| over the interventions, every 10 steps; nil where there is no R.
    public let departure: Scalar?
  }

  /// Trains until the epochs are over or `onStep` returns false, and writes down where it is as
  /// `checkpoints` says. `watch` looks at dev meanwhile, in a time that does not count. Should the loss stop
  /// being finite, it throws a `TrainingError`, and `model` is the last good one.
  public mutating func run(
    on examples: [TokenSequence], watching watch: DevWatch? = nil,
    checkpoints: Checkpointing? = nil, onStep: (Progress) -> Bool
  ) throws {
    let steps = Trainer<A>.steps(examples: examples.count, options: options)
    var trainer = Trainer(
      model, training: model.adaptationOnly, options: options, totalSteps: steps)
    defer {
      model = trainer.model
      model.walk("") { name, tensor in tensor = record.best[name] ?? tensor }
      model = model.orthonormalised
      lastGood = trainer.lastGood.orthonormalised
      lastGood.decoder.pack(false)
    }
    var checkpoints = checkpoints
    record = try checkpoints?.begin(&trainer) ?? record
    var start = ContinuousClock.now - .seconds(record.seconds)
    try trainer.train(on: examples) { report, trainer in
      record.losses.append(Scalar(report.loss))
      record.tokens += report.tokens
      let asked = ContinuousClock.now
      if let watch { record.look(at: trainer, by: watch) }
      start += ContinuousClock.now - asked
      record.seconds = (ContinuousClock.now - start) / .seconds(1)
      try checkpoints?.keep(trainer, record)
      let isTenth = report.step.isMultiple(of: 10) || report.step == steps
      return onStep(
        Progress(
          step: report.step, totalSteps: steps, loss: report.loss,
          tokensPerSecond: Double(record.tokens) / max(record.seconds, 1e-9),
          dev: record.dev.last,
          departure: isTenth ? trainer.trained.adaptation.orthonormalised.departure : nil))
    }
    try checkpoints?.write(trainer, record)
  }

  /// For a model that proves to be none on examples it was not trained on.
  public mutating func takeBackLastUpdate() { model = lastGood }

  /// The losses as a chart: each step, their mean over the tenth of the run before it, and those on dev.
  public func lossCurve(of title: String) -> Drawing {
    let losses = record.losses.map { Double($0) }
    let window = max(1, losses.count / 10)
    var sum = 0.0
    let means = losses.indices.map { i in
      sum += losses[i] - (i >= window ? losses[i - window] : 0)
      return sum / Double(min(i + 1, window))
    }
    // As many as can be told apart, and the last.
    let apart = max(1, losses.count / 2000)
    func points(_ values: [Double]) -> [(x: Double, y: Double)] {
      values.enumerated().filter { ($0.offset + 1) % apart == 0 || $0.offset == values.count - 1 }
        .map { (x: Double($0.offset + 1), y: $0.element) }
    }
    let dev = record.dev.map { (x: Double($0.step), y: $0.loss) }
    return Chart(
      title: title, xLabel: "step",
      yLabel: "nats per \(model.classifier == nil ? "token" : "label")",
      series: [
        .init("each step", color: .grey, points: points(losses)),
        .init("mean of \(window)", color: .blue, points: points(means)),
      ] + (dev.isEmpty ? [] : [.init("dev", color: .orange, points: dev)]), yRange: 0...0,
      inDecades: true
    ).drawing
  }
}

extension RunRecord {
  /// Adds what the trainer's model does on dev, and keeps what it has learned if it is the best so far.
  fileprivate mutating func look(at trainer: Trainer<some Adaptation>, by watch: DevWatch) {
    let model = trainer.trained
    guard
      let point = watch.point(
        model, self, of: trainer.totalSteps, threads: trainer.options.threads)
    else { return }
    dev.append(point)
    guard watch.keep == .best, dev.best == point else { return }
    best = trainer.state.learned.reduce(into: [:]) { $0[$1.name] = $1.parameter }
  }
}

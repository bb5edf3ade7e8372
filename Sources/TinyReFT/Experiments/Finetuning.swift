import Foundation

/// The main job: a frozen base, a task, and what adapts the one to the other.
///
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 3.2, eqs. 4 and 6
///     read       docs/60-runs.md
///     check      Tests/TinyReFTTests/Experiments/FinetuningTests.swift
public struct Finetuning<A: Adaptation>: Sendable {
  public private(set) var model: AdaptedDecoder<A>
  public let options: TrainingOptions
  /// The loss of every step so far, in nats per target token.
  public private(set) var losses: [Double] = []
  /// Tokens that were trained on so far, prompts and completions.
  public private(set) var tokens = 0
  /// Seconds spent in training steps.
  public private(set) var seconds = 0.0

  /// With a classifier it is labels that are learned, and the classifier learns too.
  public init(
    base: Decoder, _ adaptation: A, classifier: Classifier? = nil, options: TrainingOptions
  ) {
    model = AdaptedDecoder(base, adaptation, classifier)
    self.options = options
  }

  /// What can be said after a step.
  public struct Progress: Sendable {
    public let step: Int
    public let totalSteps: Int
    public let loss: Double
    public let tokensPerSecond: Double
    /// max |R Rᵀ − I| over the interventions, every 10 steps; nil where there is no R.
    public let departure: Scalar?
  }

  /// Trains until the epochs are over or `onStep` returns false. Should the loss stop being finite,
  /// it throws, and `model` is the last good one.
  public mutating func run(
    on examples: [TokenSequence], onStep: (Progress) -> Bool
  ) throws(TrainingError) {
    let steps = Trainer<A>.steps(examples: examples.count, options: options)
    var trainer = Trainer(
      model, training: model.adaptationOnly, options: options, totalSteps: steps)
    defer { model = trainer.model }
    let start = ContinuousClock.now
    try trainer.train(on: examples) { report, model in
      losses.append(report.loss)
      tokens += report.tokens
      seconds = (ContinuousClock.now - start) / .seconds(1)
      let isTenth = report.step.isMultiple(of: 10) || report.step == steps
      return onStep(
        Progress(
          step: report.step, totalSteps: steps, loss: report.loss,
          tokensPerSecond: Double(tokens) / max(seconds, 1e-9),
          departure: isTenth ? model.adaptation.departure : nil))
    }
  }

  /// The losses as a chart: each step, and their mean over the tenth of the run before it.
  public var lossCurve: Drawing {
    let window = max(1, losses.count / 10)
    let means = losses.indices.map { i in
      let recent = losses[max(0, i - window + 1)...i]
      return recent.reduce(0, +) / Double(recent.count)
    }
    func points(_ values: [Double]) -> [(x: Double, y: Double)] {
      values.enumerated().map { (x: Double($0 + 1), y: $1) }
    }
    return Chart(
      title: "Training loss", xLabel: "step",
      yLabel: "nats per \(model.classifier == nil ? "token" : "label")",
      series: [
        .init("each step", color: .grey, points: points(losses)),
        .init("mean of \(window)", color: .blue, points: points(means)),
      ], yRange: 0...0
    ).drawing
  }
}

extension ReFT {
  /// max |R Rᵀ − I| over the interventions that have an R; nil when none has.
  public var departure: Scalar? {
    interventions.compactMap(\.phi.departure).max()
  }
}

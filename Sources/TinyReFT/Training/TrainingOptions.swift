/// How a run goes about it: what the flags of `train` say.
public struct TrainingOptions: Sendable, Equatable {
  public var epochs = 12
  /// Examples in a batch.
  public var batchSize = 32
  public var learningRate = 1e-2
  public var schedule = Schedule.linear
  /// The share of the steps in which the learning rate rises.
  public var warmup = 0.1
  public var weightDecay = 0.0
  /// The largest norm that a gradient may have; longer ones are shortened to it. 0 leaves all.
  public var clip = 1.0
  public var shuffle = true
  public var seed: UInt64 = 1
  public var threads = 1
  /// What is left out because the base is frozen; without effect where it learns.
  public var savings = Savings.all
  /// How many bytes may be kept of the examples.
  var keptBytes = 512_000_000

  public init() {}
}

/// Why training had to stop.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// The loss or the gradient became NaN or infinite. The model is the last for which they were not.
  case notFinite(step: Int, loss: Double, gradientNorm: Double)
  /// An update left the range of float32, in which parameters are kept. The model is as before it.
  case outOfRange(step: Int)

  public var description: String {
    switch self {
    case .notFinite(let step, let loss, let norm):
      "the loss (\(loss)) or the norm of its gradient (\(norm)) is not finite at step \(step); "
        + "use a smaller --learning-rate or --clip"
    case .outOfRange(let step):
      "the update is not finite at step \(step); use a smaller --learning-rate or --clip"
    }
  }
}

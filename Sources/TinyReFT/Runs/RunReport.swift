import Foundation

/// `report.json`: what a run of `train` measured, and how to repeat it.
///
///     units      accuracies from 0 to 1, losses in nats per target token, seconds of training only
public struct RunReport: Codable, Sendable, Equatable {
  public static let file = "report.json"
  /// The loss of every step, drawn.
  public static let curve = "loss.svg"

  public var method: String
  public var task: String
  /// Held-out accuracy of the base alone, and with the interventions. Where there are labels, the base
  /// alone is the base with a classifier of its own: the probe.
  public var baseAccuracy: Double
  public var accuracy: Double
  /// On the dev split, where choices may be made.
  public var devAccuracy: Double
  /// How many held-out examples there are.
  public var heldOut: Int
  public var trainableParameters: Int
  public var baseParameters: Int
  public var steps: Int
  public var seconds: Double
  public var tokensPerSecond: Double
  /// Mean over the last tenth of the steps.
  public var finalLoss: Double
  /// max |R Rᵀ − I| after training, where there is an R.
  public var orthonormality: Double?
  public var seed: UInt64
  public var threads: Int
  /// The most memory that the process has had, in 10⁶ bytes.
  public var peakMemoryMB: Double
  /// `Float` or `Double`.
  public var scalar: String
  /// Whether the run was ended before its last step.
  public var interrupted: Bool
  /// The command line that repeats the run, every choice written out.
  public var arguments: String
  /// The folder of the base, and what it was: `Decoder.fingerprint`. Older reports have neither.
  public var base: String?
  public var baseFingerprint: String?
  /// Of all examples that the run read.
  public var dataFingerprint: String?
  /// Where there are labels: held-out accuracy of always saying the commonest one of train.
  public var majorityAccuracy: Double?
  /// The probe's, the best on dev of a few.
  public var probeLearningRate: Double?
  /// Of the classifier; like the paper, `trainableParameters` does not count them.
  public var classifierParameters: Int?

  public init(
    method: String, task: String, baseAccuracy: Double, accuracy: Double, devAccuracy: Double,
    heldOut: Int, trainableParameters: Int, baseParameters: Int, steps: Int, seconds: Double,
    tokensPerSecond: Double, finalLoss: Double, orthonormality: Double?, seed: UInt64,
    threads: Int, peakMemoryMB: Double, interrupted: Bool, arguments: String
  ) {
    (self.method, self.task, self.arguments) = (method, task, arguments)
    (self.baseAccuracy, self.accuracy) = (baseAccuracy, accuracy)
    (self.devAccuracy, self.heldOut) = (devAccuracy, heldOut)
    (self.trainableParameters, self.baseParameters) = (trainableParameters, baseParameters)
    (self.steps, self.seconds, self.tokensPerSecond) = (steps, seconds, tokensPerSecond)
    (self.finalLoss, self.orthonormality) = (finalLoss, orthonormality)
    (self.seed, self.threads, self.interrupted) = (seed, threads, interrupted)
    self.peakMemoryMB = peakMemoryMB
    scalar = "\(Scalar.self)"
  }

  enum CodingKeys: String, CodingKey {
    case method, task, accuracy, steps, seconds, seed, threads, scalar, interrupted, arguments
    case baseAccuracy = "base_accuracy"
    case devAccuracy = "dev_accuracy"
    case heldOut = "held_out"
    case trainableParameters = "trainable_parameters"
    case baseParameters = "base_parameters"
    case tokensPerSecond = "tokens_per_second"
    case finalLoss = "final_loss"
    case orthonormality, base
    case baseFingerprint = "base_fingerprint"
    case dataFingerprint = "data_fingerprint"
    case majorityAccuracy = "majority_accuracy"
    case probeLearningRate = "probe_learning_rate"
    case classifierParameters = "classifier_parameters"
    case peakMemoryMB = "peak_memory_mb"
  }

  /// Reads what `write` wrote.
  public static func read(_ url: URL) throws -> RunReport {
    try JSON.read(RunReport.self, from: url)
  }

  /// Takes the report of an earlier end of the run away, if there is one.
  public static func remove(from directory: URL) throws(FileError) {
    try removeFile(directory.appending(path: file))
  }

  /// Writes `report.json` into the directory.
  public func write(to directory: URL) throws {
    try JSONCoding.write(self, to: directory.appending(path: Self.file))
  }
}

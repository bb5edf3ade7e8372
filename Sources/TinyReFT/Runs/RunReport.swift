import Foundation

/// `report.json`: what a run of `train` measured, and how to repeat it.
///
///     units      accuracies from 0 to 1, losses in nats per target token, seconds of training only
public struct RunReport: Sendable, Equatable {
  public static let file = "report.json"
  /// The loss of every step, drawn.
  public static let curve = "loss.svg"

  public var (method, task) = ("", "")
  /// Held-out accuracy of the base alone, and with the interventions. Where there are labels, the base
  /// alone is the base with a classifier of its own: the probe.
  public var (baseAccuracy, accuracy) = (0.0, 0.0)
  /// On the dev split, where choices may be made.
  public var devAccuracy = 0.0
  /// All of it, on both splits. Older reports have neither.
  public var before, after: Measured?
  /// How many held-out examples there are.
  public var heldOut = 0
  public var (trainableParameters, baseParameters) = (0, 0)
  public var steps = 0
  public var (seconds, tokensPerSecond) = (0.0, 0.0)
  /// Mean over the last tenth of the steps.
  public var finalLoss = 0.0
  /// Losses of train and dev on the way; nil where nobody looked.
  public var curve: [DevPoint]?
  /// max |R Rᵀ − I| after training, where there is an R.
  public var orthonormality: Double?
  public var seed = 0
  public var threads = 1
  /// The most memory that the process has had, in 10⁶ bytes.
  public var peakMemoryMB = 0.0
  /// `Float` or `Double`.
  public var scalar = "\(Scalar.self)"
  /// Whether the run was ended before its last step.
  public var interrupted = false
  /// The command line that repeats the run, every choice written out.
  public var arguments = ""
  /// The folder of the base, and what it was: `Decoder.fingerprint`. Older reports have neither.
  public var base, baseFingerprint: String?
  /// Of all examples that the run read.
  public var dataFingerprint: String?
  /// Where there are labels: held-out accuracy of always saying the commonest one of train.
  public var majorityAccuracy: Double?
  /// The probe's, the best on dev of a few.
  public var probeLearningRate: Double?
  /// Of the classifier; like the paper, `trainableParameters` does not count them.
  public var classifierParameters: Int?

  public init() {}

  private static let fields: [Field] = [
    Field("method", \.method, text), Field("task", \.task, text),
    Field("base_accuracy", \.baseAccuracy, share), Field("accuracy", \.accuracy, share),
    Field("dev_accuracy", \.devAccuracy, share), Field("held_out", \.heldOut, count),
    Field("before", \.before, measured), Field("after", \.after, measured),
    Field("trainable_parameters", \.trainableParameters, count),
    Field("base_parameters", \.baseParameters, count), Field("steps", \.steps, count),
    Field("seconds", \.seconds, amount), Field("tokens_per_second", \.tokensPerSecond, amount),
    Field("final_loss", \.finalLoss, amount),
    Field("curve", \.curve) { try $0.array().map(DevPoint.init) },
    Field("orthonormality", \.orthonormality, amount),
    Field("seed", \.seed) { try $0.int(in: 0...Int.max) }, Field("threads", \.threads, count),
    Field("peak_memory_mb", \.peakMemoryMB, amount), Field("scalar", \.scalar, text),
    Field("interrupted", \.interrupted) { try $0.bool() },
    Field("arguments", \.arguments, text), Field("base", \.base, text),
    Field("base_fingerprint", \.baseFingerprint, text),
    Field("data_fingerprint", \.dataFingerprint, text),
    Field("majority_accuracy", \.majorityAccuracy, share),
    Field("probe_learning_rate", \.probeLearningRate, amount),
    Field("classifier_parameters", \.classifierParameters, count),
  ]

  private static let text = { @Sendable (json: JSON) in try json.string() }
  private static let share = { @Sendable (json: JSON) in try json.number(in: 0...1) }
  /// Numbers that can be added up and multiplied.
  private static let count = { @Sendable (json: JSON) in try json.int(in: 0...1 << 53) }
  private static let amount = { @Sendable (json: JSON) in try json.number(in: 0...1e15) }
  private static let measured = { @Sendable (json: JSON) in
    func read(_ json: JSON) throws -> Evaluation {
      Evaluation(
        accuracy: try share(json["accuracy"]), tokenAccuracy: try share(json["token_accuracy"]),
        loss: try amount(json["loss"]), count: try count(json["count"]))
    }
    return Measured(dev: try read(json["dev"]), test: try read(json["test"]))
  }

  /// Reads what `write` wrote.
  public static func read(_ url: URL) throws -> RunReport {
    let json = try JSON.read(url)
    var report = RunReport()
    for field in fields { try field.read(json[field.name], &report) }
    return report
  }

  /// Takes the report of an earlier end of the run away, if there is one.
  public static func remove(from directory: URL) throws(FileError) {
    try removeFile(directory.appending(path: file))
  }

  /// Writes `report.json` into the directory.
  public func write(to directory: URL) throws {
    let members = Self.fields.map { ($0.name, $0.write(self)) }
    let object = JSONObject(Dictionary(uniqueKeysWithValues: members))
    try JSONCoding.write(object, to: directory.appending(path: Self.file))
  }
}

/// A name of the file, and the property that it stands for.
private struct Field: Sendable {
  let name: String
  let read: @Sendable (JSON, inout RunReport) throws -> Void
  let write: @Sendable (RunReport) -> (any Encodable & Sendable)?

  typealias Path<Value> = WritableKeyPath<RunReport, Value> & Sendable

  init<Value: Encodable & Sendable>(
    _ name: String, _ path: Path<Value>, _ value: @escaping @Sendable (JSON) throws -> Value
  ) {
    self.name = name
    read = { $1[keyPath: path] = try value($0) }
    write = { $0[keyPath: path] }
  }

  /// A name that may be missing.
  init<Value: Encodable & Sendable>(
    _ name: String, _ path: Path<Value?>, _ value: @escaping @Sendable (JSON) throws -> Value
  ) {
    self.name = name
    read = { $1[keyPath: path] = try $0.ifThere.map(value) }
    write = { $0[keyPath: path] }
  }
}

import Foundation

/// A run that is not over, on disk: what it goes on from, to the bits that it would have had.
///
///     format     checkpoint.safetensors: the tensors of `TrainerState`, and "losses" [steps], in F32 or
///                F64 as the build computes; in its metadata "run": this as JSON, with a format_version
///     differs    pyreft leaves resuming to transformers' Trainer, which keeps the generators' states
///                and skips the data that was seen; ours follow from the seed and the number of steps
public struct RunCheckpoint: Codable, Sendable {
  static let file = "checkpoint.safetensors"
  private static let losses = "losses"

  private var formatVersion = FormatVersion.current
  /// The words that began the run, those of its folder left out: `train --task loud …`.
  public let command: [String]
  /// Of all that the run began with.
  private let fingerprint: UInt64
  private let scalar: String
  public private(set) var record: RunRecord

  enum CodingKeys: String, CodingKey {
    case formatVersion = "format_version"
    case command, fingerprint, scalar, record
  }

  init(command: [String], began: Fingerprint, _ record: RunRecord) {
    (self.command, fingerprint, self.record) = (command, began.value, record)
    scalar = "\(Scalar.self)"
  }

  /// Where a folder's checkpoint stands, or would.
  static func url(in directory: URL) -> URL { directory.appending(path: file) }

  /// Whether the folder holds a run that is not over.
  public static func isIn(_ directory: URL) -> Bool {
    FileManager.default.fileExists(atPath: url(in: directory).path)
  }

  /// Ends it: the run is over, and what it learned stands in other files.
  public static func remove(from directory: URL) throws(FileError<DiskProblem>) {
    try removeFile(url(in: directory))
  }

  /// The old one is there until the new one is, whole and on the disk.
  func write(_ state: TrainerState, to directory: URL) throws {
    let url = Self.url(in: directory)
    var file = Safetensors(state)
    do { file.metadata["run"] = String(decoding: try JSONText.encode(self), as: UTF8.self) } catch {
      throw CheckpointError(url, .run(error))
    }
    file.tensors[Self.losses] = .vector(Tensor([record.losses]))
    try file.write(to: url, as: .scalar)
  }

  /// Reads what a run is, and no tensor of its state yet.
  public static func read(_ directory: URL) throws -> RunCheckpoint {
    let url = url(in: directory)
    guard isIn(directory) else { throw CheckpointError(url, .noRun) }
    let file = try SafetensorsReader(url)
    guard let text = file.header.metadata["run"],
      let losses = file.header.items.first(where: { $0.name == Self.losses })
    else { throw CheckpointError(url, .missingRun) }
    var run: RunCheckpoint
    do {
      let bytes = Array(text.utf8)
      try FormatVersion.check(JSONText.decode(FormatVersion.Head.self, from: bytes), of: url)
      run = try JSONText.decode(RunCheckpoint.self, from: bytes)
    } catch let problem as JSONProblem {
      throw CheckpointError(url, .run(problem))
    }
    guard run.record.isPlausible else { throw CheckpointError(url, .run(.outOfRange)) }
    guard run.scalar == "\(Scalar.self)" else {
      throw CheckpointError(url, .otherPrecision(run.scalar))
    }
    run.record.losses = try file.tensor(losses).elements
    return run
  }

  /// Gives the trainer, which is as at the beginning, the state that stands beside this.
  func restore(
    _ trainer: inout Trainer<some Adaptation>, began: Fingerprint, from directory: URL
  ) throws {
    let url = Self.url(in: directory)
    guard began.value == fingerprint else { throw CheckpointError(url, .otherBeginning) }
    guard record.losses.count <= trainer.totalSteps else {
      throw CheckpointError(url, .tooManySteps(record.losses.count, of: trainer.totalSteps))
    }
    var (state, file) = (trainer.state, try Safetensors.read(url))
    file.tensors[Self.losses] = nil
    try state.load(file, from: url)
    state.step = record.losses.count
    trainer.state = state
  }
}

/// What a run has done so far.
public struct RunRecord: Codable, Sendable {
  /// Of every step, in nats per target token; rounded as the checkpoint keeps them.
  public internal(set) var losses: [Scalar] = []
  /// Trained on, prompts and completions.
  public internal(set) var tokens = 0
  /// Spent in training, by this process and those before it.
  public internal(set) var seconds = 0.0
  /// What draws the data, where they are drawn.
  var stream: RandomStream?

  // The losses grow with the run and stand beside the tensors.
  enum CodingKeys: CodingKey { case tokens, seconds, stream }

  /// Whether the numbers can be counted further.
  var isPlausible: Bool {
    (0...1 << 53).contains(tokens) && (0...1e12).contains(seconds)
  }
}

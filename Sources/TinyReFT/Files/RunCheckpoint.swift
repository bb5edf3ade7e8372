import Foundation

/// A run that is not over, on disk: what it goes on from, to the bits that it would have had.
///
///     format     checkpoint.safetensors: the tensors of `TrainerState`, "losses" [steps], "dev" [points, 4]
///                and "best.{name}", in F32 or F64 as the build computes; in its metadata "run": this as
///                JSON, with a format_version
///     differs    pyreft leaves resuming to transformers' Trainer, which keeps the generators' states
///                and skips the data that was seen; ours follow from the seed and the number of steps
public struct RunCheckpoint: Sendable {
  static let file = "checkpoint.safetensors"
  private static let losses = "losses"
  private static let dev = "dev"
  private static let best = "best."

  /// The words that began the run, those of its folder left out: `train --task loud …`.
  public let command: [String]
  /// Of all that the run began with.
  private let fingerprint: UInt64
  private let scalar: String
  public private(set) var record: RunRecord

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
  public static func remove(from directory: URL) throws {
    try removeFile(url(in: directory))
  }

  /// The old one is there until the new one is, whole and on the disk.
  func write(_ state: TrainerState, to directory: URL) throws {
    let url = Self.url(in: directory)
    var file = Safetensors(state)
    let stream = record.stream.map { JSONObject(["state": String($0.state, radix: 16)]) }
    let record = JSONObject([
      "tokens": record.tokens, "seconds": record.seconds, "stream": stream,
    ])
    let run = JSONObject([
      "format_version": FormatVersion.current, "command": command,
      "fingerprint": String(fingerprint, radix: 16), "scalar": scalar, "record": record,
    ])
    do {
      file.metadata["run"] = String(decoding: try JSONCoding.text(run), as: UTF8.self)
    } catch { throw FileError.hasNoForm(url) }
    file.tensors[Self.losses] = .vector(Tensor([self.record.losses]))
    if !self.record.dev.isEmpty {
      file.tensors[Self.dev] = .matrix(Tensor(points: self.record.dev))
    }
    for (name, tensor) in self.record.best { file.tensors[Self.best + name] = .matrix(tensor) }
    try file.write(to: url, as: .scalar)
  }

  /// Reads what a run is, and no tensor of its state yet.
  public static func read(_ directory: URL) throws -> RunCheckpoint {
    let url = url(in: directory)
    guard isIn(directory) else {
      throw FileError(
        url, "is not there: no run that could go on", "name the folder of one that was ended")
    }
    let file = try SafetensorsReader(url)
    guard let text = file.header.metadata["run"],
      let losses = file.header.items.first(where: { $0.name == Self.losses })
    else { throw FileError(url, "is no checkpoint of a run", anew) }
    var run: RunCheckpoint
    do {
      run = try RunCheckpoint(FormatVersion.checked(JSON(text.utf8, of: url)))
    } catch let error as FileError {
      let place = error.place.isEmpty ? "" : error.place + " "
      throw FileError(url, "its \"run\" \(place)\(error.problem)", "\(error.remedy), or \(anew)")
    }
    guard run.scalar == "\(Scalar.self)" else {
      throw FileError(
        url, "computes in \(quoted(run.scalar)), this build in \(Scalar.self)",
        "go on with the build that began it")
    }
    run.record.losses = try file.tensor(losses).elements
    if let dev = file.header.items.first(where: { $0.name == Self.dev }) {
      let points = try file.tensor(dev).points
      guard let points, points.allSatisfy({ $0.step <= run.record.losses.count }) else {
        throw FileError(url, at: "\"dev\"", "holds no points of a run", anew)
      }
      run.record.dev = points
    }
    return run
  }

  private static let anew = "begin the run anew in another --out"

  private init(_ run: JSON) throws {
    (command, fingerprint) = (try run["command"].strings(), try run["fingerprint"].bits())
    (scalar, record) = (try run["scalar"].string(), try RunRecord(run["record"]))
  }

  /// Gives the trainer, which is as at the beginning, the state that stands beside this; returns the record,
  /// with what was best so far.
  func restore(
    _ trainer: inout Trainer<some Adaptation>, began: Fingerprint, from directory: URL
  ) throws -> RunRecord {
    let url = Self.url(in: directory)
    guard began.value == fingerprint else {
      throw FileError(
        url,
        "began with another base, other interventions or other data than are there now",
        "put them back, or \(Self.anew)")
    }
    guard record.losses.count <= trainer.totalSteps else {
      throw FileError(
        url, "has taken \(record.losses.count) steps of \(trainer.totalSteps), which cannot be",
        Self.anew)
    }
    var (state, file) = (trainer.state, try Safetensors.read(url))
    file.tensors[Self.losses] = nil
    file.tensors[Self.dev] = nil
    var record = record
    for learned in state.learned {
      let name = Self.best + learned.name
      guard let stored = file.tensors.removeValue(forKey: name) else { continue }
      let (best, own) = (stored.tensor, learned.parameter)
      guard (best.rows, best.columns) == (own.rows, own.columns) else {
        throw FileError.shape(url, name, stored.shape, expected: [own.rows, own.columns])
      }
      record.best[learned.name] = best
    }
    try state.load(file, from: url)
    state.step = record.losses.count
    trainer.state = state
    return record
  }
}

/// What a run has done so far.
public struct RunRecord: Sendable {
  /// Of every step, in nats per target token; rounded as the checkpoint keeps them. They grow with the
  /// run, and stand beside the tensors.
  public internal(set) var losses: [Scalar] = []
  /// On dev, so often as it was looked at.
  public internal(set) var dev: [DevPoint] = []
  /// What was learned when dev's loss was least, by the names of the tensors; empty where the last is kept.
  var best: [String: Tensor] = [:]
  /// Trained on, prompts and completions.
  public internal(set) var tokens = 0
  /// Spent in training, by this process and those before it.
  public internal(set) var seconds = 0.0
  /// What draws the data, where they are drawn.
  var stream: RandomStream?

  init() {}

  /// Numbers that can be counted further.
  init(_ record: JSON) throws {
    tokens = try record["tokens"].int(in: 0...1 << 50)
    seconds = try record["seconds"].number(in: 0...1e10)
    stream = try record["stream"].ifThere.map { RandomStream(seed: try $0["state"].bits()) }
  }
}

import Foundation

/// How a run survives its end, whatever ends it: every so often it writes down where it is.
public struct Checkpointing: Sendable {
  private let folder: RunFolder
  /// What a later process has to do to go on.
  private let command: [String]
  /// The shortest time between two.
  private let interval: Duration
  /// What this run goes on from; nil for one that begins.
  private let earlier: RunCheckpoint?

  private var began: Fingerprint
  private var written = ContinuousClock.now
  /// How long the last one took.
  private var cost = Duration.zero

  /// `data` stands for the examples, all that the run reads: another fingerprint is another run.
  public init(
    in folder: RunFolder, command: [String], every interval: Duration, data: Fingerprint,
    goingOnFrom earlier: RunCheckpoint? = nil
  ) {
    (self.folder, self.command, self.interval) = (folder, command, interval)
    (began, self.earlier) = (data, earlier)
  }

  /// How many steps the run has behind it that this one goes on from.
  public var stepsTaken: Int { earlier?.record.losses.count ?? 0 }

  /// To be called before the first step, with all that decides what the run will do: gives the trainer
  /// its state if it goes on, and what was done before.
  mutating func begin(_ trainer: inout Trainer<some Adaptation>) throws -> RunRecord {
    began.add("\(trainer.trained.decoder.configuration)")
    for (_, tensor) in trainer.model.parameters { began.add(tensor) }
    written = .now
    guard let earlier else { return RunRecord() }
    return try earlier.restore(&trainer, began: began, from: folder.url)
  }

  /// Writes if it is time.
  mutating func keep(_ trainer: Trainer<some Adaptation>, _ record: RunRecord) throws {
    let pause = Self.pause(interval, cost: cost)
    guard ContinuousClock.now - written >= pause else { return }
    try write(trainer, record)
  }

  /// From one to the next: of a large model longer than asked for, so that a run spends a twentieth of
  /// its time on them at most. Zero is taken at its word.
  static func pause(_ interval: Duration, cost: Duration) -> Duration {
    interval == .zero ? .zero : max(interval, cost * 19)
  }

  mutating func write(_ trainer: Trainer<some Adaptation>, _ record: RunRecord) throws {
    let checkpoint = RunCheckpoint(command: command, began: began, record)
    cost = try ContinuousClock().measure { try checkpoint.write(trainer.state, to: folder.place()) }
    written = .now
  }
}

import Foundation
import TinyReFT

/// `tinyreft pretrain`: where the base comes from.
enum PretrainCommand: Subcommand {
  static let name = "pretrain"

  static let summary = "Make the toy base again, from nothing."

  static let discussion = """
    Draws a text from the toy world and trains every weight of a small decoder on it. On the same \
    machine and build, the same seed gives the same bits. Takes some minutes. A run that was ended by \
    Ctrl-C, or killed, goes on with --resume.
    """

  static let out = Flag.path(
    "out", "DIR", "Where the base is written, as a Hugging Face directory."
  ).optional("data/base, in place of the one there")

  static let steps = Flag.whole(
    "steps", "N", default: Pretraining.defaultSteps, in: 1...10_000_000,
    "Training steps; fewer make a worse base sooner.")

  static let hidden = Flag<Int>(
    "hidden", "N", help: "Width of the hidden states, a multiple of 4.",
    default: Pretraining.defaultHiddenSize, typed: "\(Pretraining.defaultHiddenSize)"
  ) { (text) throws(InvalidValue) in
    guard let width = Int(text), (4...4096).contains(width), width.isMultiple(of: 4) else {
      throw InvalidValue(problem: "expected a multiple of 4 from 4 to 4096")
    }
    return width
  }

  static let endsEarly = true

  static let flagGroups = [
    FlagGroup("What", [out, steps, hidden]),
    FlagGroup("Machine", [SharedFlags.seed, SharedFlags.threads]),
    FlagGroup("Going on", [ResumedRun.flag, ResumedRun.interval]),
  ]

  static let examples = [
    Example("tinyreft pretrain", "Makes data/base again; 'git diff' shows whether a bit differs."),
    Example(
      "tinyreft pretrain --seed 2 --steps 500 --out runs/young",
      "Another base, hardly trained, for 'tinyreft train --base runs/young'."),
  ]

  /// Where the base goes, made now, so that it fails before the work. Another base is not written
  /// over; the one in `data/` is, by the run that makes the same again.
  private static func folder(_ arguments: Arguments) throws -> RunFolder {
    guard let path = try arguments[out] else {
      let isPublished =
        try arguments[steps] == Pretraining.defaultSteps && arguments[SharedFlags.seed] == 1
        && arguments[hidden] == Pretraining.defaultHiddenSize
      guard isPublished else {
        throw UsageError.conflict(
          "Another base than the one in data/base needs a place: name --out.")
      }
      let place = try DataFolder.find().appending(path: "base")
      // Above another project's folders data/base may be anybody's.
      guard (try? BaseModel.read(place))?.decoder.configuration == Pretraining.configuration()
      else {
        return try RunFolder(new: place)
      }
      return try RunFolder(remaking: place)
    }
    return try RunFolder(new: URL(filePath: path))
  }

  static func run(_ typed: Arguments, on console: Console) throws {
    let resumed = try ResumedRun(typed)
    let arguments = resumed?.arguments ?? typed
    let folder = try resumed?.folder ?? folder(arguments)
    let pretraining = Pretraining(
      seed: UInt64(try arguments[SharedFlags.seed]), steps: try arguments[steps],
      threads: try SharedFlags.threadCount(arguments), hiddenSize: try arguments[hidden])
    let c = pretraining.configuration
    console.print(
      "A decoder of \(c.layerCount) blocks, hidden size \(c.hiddenSize), "
        + "\(grouped(c.parameterCount)) parameters, from nothing (\(Scalar.self))")
    let checkpoints = Checkpointing(
      in: folder,
      command: [
        name, "--steps", "\(pretraining.steps)", "--hidden", "\(c.hiddenSize)",
        "--seed", "\(pretraining.seed)", "--threads", "\(pretraining.threads)",
      ],
      every: .seconds(try arguments[ResumedRun.interval]), data: Fingerprint(),
      goingOnFrom: resumed?.checkpoint)
    if checkpoints.stepsTaken > 0 {
      console.print("Goes on after step \(grouped(checkpoints.stepsTaken))")
    }
    let progress = ProgressLine(
      "pretrain", total: pretraining.steps, from: checkpoints.stepsTaken, on: console)
    var recent: [Double] = []
    do {
      let base = try pretraining.run(in: ToyWorld(), checkpoints: checkpoints) { report in
        recent = recent.suffix(49) + [report.loss]
        progress.update(report.step) {
          "loss \(threeDigits(recent.reduce(0, +) / Double(recent.count)))"
        }
        return !console.interruption.isRequested
      }
      progress.finish()
      guard let base else {
        return console.print("Ended early. " + ResumedRun.howToGoOn(name, in: folder))
      }
      try base.write(to: folder.place())
    } catch let error as TrainingError {
      // It would come again.
      try RunCheckpoint.remove(from: folder.place())
      throw Diverged(error)
    }
    try RunCheckpoint.remove(from: folder.place())
    console.print("Wrote \(shown(folder.url))")
  }
}

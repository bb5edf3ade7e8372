import Foundation
import TinyReFT

/// `tinyreft pretrain`: where the base comes from.
enum PretrainCommand: Subcommand {
  static let name = "pretrain"

  static let summary = "Make the toy base again, from nothing."

  static let discussion = """
    Draws a text from the toy world and trains every weight of a small decoder on it. On the same \
    machine and build, the same seed gives the same bits. Takes some minutes; Ctrl-C ends early \
    and writes nothing.
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
  ]

  static let examples = [
    Example("tinyreft pretrain", "Makes data/base again; 'git diff' shows whether a bit differs."),
    Example(
      "tinyreft pretrain --seed 2 --steps 500 --out runs/young",
      "Another base, hardly trained, for 'tinyreft train --base runs/young'."),
  ]

  /// Where the base goes, made now, so that it fails before the work. Another base is not written
  /// over; the one in `data/` is, by the run that makes the same again.
  private static func folder(_ arguments: Arguments) throws -> URL {
    guard let path = try arguments[out] else {
      let isPublished =
        try arguments[steps] == Pretraining.defaultSteps && arguments[SharedFlags.seed] == 1
        && arguments[hidden] == Pretraining.defaultHiddenSize
      guard isPublished else {
        throw UsageError.conflict(
          "Another base than the one in data/base needs a place: name --out.")
      }
      return try DataFolder.find().appending(path: "base")
    }
    let folder = URL(filePath: path)
    let weights = folder.appending(path: "model.safetensors")
    guard !FileManager.default.fileExists(atPath: weights.path) else {
      throw OutputTaken(folder: shown(folder))
    }
    try createFolder(folder)
    return folder
  }

  static func run(_ arguments: Arguments, on console: Console) throws {
    let out = try folder(arguments)
    let pretraining = Pretraining(
      seed: UInt64(try arguments[SharedFlags.seed]), steps: try arguments[steps],
      threads: try SharedFlags.threadCount(arguments), hiddenSize: try arguments[hidden])
    let c = pretraining.configuration
    console.print(
      "A decoder of \(c.layerCount) blocks, hidden size \(c.hiddenSize), "
        + "\(grouped(c.parameterCount)) parameters, from nothing (\(Scalar.self))")
    let progress = ProgressLine("pretrain", total: pretraining.steps, on: console)
    var recent: [Double] = []
    let base = try pretraining.run(in: ToyWorld()) { report in
      recent = recent.suffix(49) + [report.loss]
      progress.update(report.step) {
        "loss \(threeDigits(recent.reduce(0, +) / Double(recent.count)))"
      }
      return !console.interruption.isRequested
    }
    progress.finish()
    guard let base else { return console.print("Ended early; nothing was written.") }
    try base.write(to: out)
    console.print("Wrote \(shown(out))")
  }
}

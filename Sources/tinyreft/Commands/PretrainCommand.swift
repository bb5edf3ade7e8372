import Foundation
import TinyReFT

/// `tinyreft pretrain`: where the base comes from.
struct PretrainCommand: Resumable {
  static let name = "pretrain"

  static let summary = "Make the toy base again, from nothing."

  static let discussion = """
    Draws a text from the toy world and trains every weight of a small decoder on it. On the same \
    machine and build, the same seed gives the same bits. Takes some minutes. A run that was ended by \
    Ctrl-C, or killed, goes on with --resume.
    """

  var given: Set<String> = []
  var out: String?
  var steps = Pretraining.defaultSteps
  var hiddenSize = Pretraining.defaultHiddenSize
  var seed: UInt64 = 1
  var threads = coreCount
  var resume: String?
  var interval = 10.0

  static let endsEarly = true

  static let groups: [SettingGroup<Self>] = [
    SettingGroup(
      "What",
      [
        Setting(
          "out", \.out, .path(), absence: "data/base, in place of the one there",
          "Where the base is written, as a Hugging Face directory."),
        Setting(
          "steps", \.steps, .whole(in: 1...10_000_000),
          "Training steps; fewer make a worse base sooner."),
        Setting(
          "hidden", \.hiddenSize, .whole(in: 4...4096, of: 4),
          "Width of the hidden states, a multiple of 4."),
      ]),
    SettingGroup("Machine", [.seed(\.seed), .threads(\.threads)]),
    resuming,
  ]

  static let examples = [
    Example("tinyreft pretrain", "Makes data/base again; 'git diff' shows whether a bit differs."),
    Example(
      "tinyreft pretrain --seed 2 --steps 500 --out runs/young",
      "Another base, hardly trained, for 'tinyreft train --base runs/young'."),
  ]

  /// Where the base goes, made now, so that it fails before the work. Another base is not written
  /// over; the one in `data/` is, by the run that makes the same again.
  private func folder() throws -> RunFolder {
    guard let out else {
      let published = PretrainCommand()
      guard (steps, seed, hiddenSize) == (published.steps, published.seed, published.hiddenSize)
      else {
        throw UsageError("Another base than the one in data/base needs a place: name --out.")
      }
      let place = try DataFolder.find().appending(path: "base")
      // Above another project's folders data/base may be anybody's.
      guard (try? BaseModel.read(place))?.decoder.configuration == Pretraining.configuration()
      else {
        return try RunFolder(new: place)
      }
      return try RunFolder(remaking: place)
    }
    return try RunFolder(new: URL(filePath: out))
  }

  func run(on console: Console) throws {
    let resumed = try ResumedRun(self)
    let begun = resumed?.command ?? self
    let folder = try resumed?.folder ?? folder()
    let pretraining = Pretraining(
      seed: begun.seed, steps: begun.steps, threads: begun.threads, hiddenSize: begun.hiddenSize)
    let c = pretraining.configuration
    console.print(
      "A decoder of \(c.layerCount) blocks, hidden size \(c.hiddenSize), "
        + "\(grouped(c.parameterCount)) parameters, from nothing (\(Scalar.self))")
    let checkpoints = Checkpointing(
      in: folder, command: begun.words(without: ["out", "resume", "checkpoint-every"]),
      every: .seconds(begun.interval), data: Fingerprint(), goingOnFrom: resumed?.checkpoint)
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
          ["loss \(threeDigits(recent.reduce(0, +) / Double(recent.count)))"]
        }
        return !console.interruption.isRequested
      }
      progress.finish()
      guard let base else {
        return console.print("Ended early. " + howToGoOn(Self.name, in: folder))
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

import Foundation
import TinyReFT

/// `tinyreft train`, the main job.
enum TrainCommand: Subcommand {
  static let name = "train"

  static let summary = "Adapt the frozen base to a task by learning interventions."

  static let discussion = """
    Prints the held-out accuracy before and after, with a few completions side by side, and writes \
    a directory: the interventions (reft.json, interventions.safetensors), what was measured \
    (report.json) and the loss curve (loss.svg). The base's own weights are never changed. Ctrl-C \
    ends early and keeps what was learned so far. Such a run, and one that was killed, goes on with \
    --resume, to the same bits. Flags that are left out follow the task's recipe, \
    and the run begins by printing what it uses.
    """

  private static let own = "the task's own"

  /// What the main job uses, as an example of it.
  private static let loud = Recipe(task: "loud").options

  static let method = Flag<String>.choice(
    "method", called: "NAME", of: allMethods,
    "How the base is adapted. ReFT edits hidden states at some positions: "
      + ReFTConfiguration.methods.map { $0.method }.joined(separator: ", ")
      + ". Rivals edit every token: "
      + Methods.rivals.map { $0.method }.joined(separator: ", ") + "."
  ).optional("loreft")

  static let allMethods =
    ReFTConfiguration.methods.map { $0.method } + Methods.rivals.map { $0.method }

  static let rank = Flag.whole(
    "rank", "N", in: 1...65_536,
    "Directions of the hidden state that an edit may change; at most the base's width. Of a rival: "
      + "its rank, its bottleneck, or its virtual tokens."
  ).optional("\(own), 1 for loud")

  static let alpha = Flag.number(
    "alpha", "X", "Of lora, dora and parallel-adapter: what they add is scaled by X over the rank.",
    bounds: "above 0"
  ) { $0 > 0 }.optional("the rank")

  static let matrices = Flag<[BlockMap]>(
    "matrices", "LIST", help: "Of lora and dora: the matrices that are adapted, such as q,v."
  ) { (text) throws(InvalidValue) in
    try text.split(separator: ",", omittingEmptySubsequences: false).map {
      (name) throws(InvalidValue) in
      guard let map = BlockMap.allCases.first(where: { $0.rawValue == "\(name)_proj" }) else {
        throw InvalidValue(problem: "expected some of q, k, v, o, gate, up, down")
      }
      return map
    }
  }.optional("q,v")

  static let layers = LayerChoice.flag.optional("\(own), one block for loud")

  static let positions = Flag<Positions>(
    "positions", "SPEC",
    help:
      "Prompt tokens that are edited: f2+l3 is the first two and the last three; f2, l3 and all "
      + "work too, and every edits generated tokens as well."
  ) { (text) throws(InvalidValue) in
    guard let positions = Positions(text) else {
      throw InvalidValue(problem: "expected fP+lS, fP, lS (P and S at least 1), all or every")
    }
    return positions
  }.optional("\(own), l1 for loud")

  static let sharing = Flag<Sharing>.choice(
    "sharing", default: nil,
    "What shares one edit: a whole layer, the prefix and the suffix each, or no two positions."
  ).optional("side")

  static let start = Flag<Start>.choice(
    "start", default: nil,
    "Where new interventions begin: as the identity, or random as in pyreft."
  ).optional("identity, random for consreft")

  static let epochs = Flag.whole(
    "epochs", "N", in: 1...1_000_000, "How often every training example is seen."
  ).optional("\(own), \(loud.epochs) for loud")

  static let batchSize = Flag.whole(
    "batch-size", "N", in: 1...1_000_000, "Examples per step."
  ).optional("\(own), \(loud.batchSize) for loud")

  static let learningRate = Flag.number(
    "learning-rate", "X", "The largest step size, reached after the warm-up.", bounds: "above 0"
  ) { $0 > 0 }.optional("\(own), \(loud.learningRate) for loud")

  static let warmup = Flag.number(
    "warmup", "SHARE", "Share of the steps during which the step size grows.",
    bounds: "from 0 to 1"
  ) { (0...1).contains($0) }.optional("\(own), \(loud.warmup) for loud")

  static let schedule = Flag<Schedule>.choice(
    "schedule", default: nil,
    "After the warm-up the step size falls to 0 in a line or a cosine, or stays constant."
  ).optional("\(own), \(loud.schedule.rawValue) for loud")

  static let weightDecay = Flag.number(
    "weight-decay", "X", "AdamW's pull of every parameter towards 0.", bounds: "of at least 0"
  ) { $0 >= 0 }.optional("\(own), \(loud.weightDecay) for loud")

  static let dropout = Flag.number(
    "dropout", "P", "Chance that a number of an edit is left out of a training step.",
    bounds: "of at least 0 and below 1"
  ) { $0 >= 0 && Float($0) < 1 }.optional("\(own), 0 for loud")

  static let clip = Flag.number(
    "clip", "NORM", "Longest gradient that is not shortened; 0 never shortens.",
    bounds: "of at least 0"
  ) { $0 >= 0 }.optional("\(own), \(loud.clip) for loud")

  static let shuffle = Flag.toggle(
    "shuffle", default: true, "Draw a new order of the examples for every epoch.")

  static let initial = Flag.path(
    "init", "DIR", "Go on from these interventions instead of new ones."
  ).optional("new ones")

  static let out = Flag.path(
    "out", "DIR", "Where the run is written; a folder that holds one already is refused."
  ).optional("a new folder under runs/")

  static let endsEarly = true

  static let flagGroups = [
    FlagGroup("What", [SharedFlags.base, SharedFlags.task, out]),
    FlagGroup("Interventions", [method, rank, layers, positions, sharing, start, initial]),
    FlagGroup("Rivals", [alpha, matrices]),
    FlagGroup(
      "Training",
      [epochs, batchSize, learningRate, warmup, schedule, weightDecay, dropout, clip, shuffle]),
    FlagGroup("Machine", [SharedFlags.seed, SharedFlags.threads]),
    FlagGroup("Going on", [ResumedRun.flag, ResumedRun.interval]),
  ]

  static let examples = [
    Example(
      "tinyreft train",
      "The main job: the toy base learns to answer in upper case, by one rank-1 edit of one token."),
    Example(
      "tinyreft train --task mirror --method direft --rank 2 --layers all --positions f3+l3",
      "Words are spelled backwards, by edits of six tokens in every block."),
    Example(
      "tinyreft train --resume runs/mirror-loreft",
      "A run that was ended by Ctrl-C, or killed, goes on."),
  ]

  static func run(_ arguments: Arguments, on console: Console) throws {
    let resumed = try ResumedRun(arguments)
    let begun = resumed?.arguments ?? arguments
    let plan = try TrainPlan(begun, RunInputs(begun, on: console))
    // Behind all that is read, so that what cannot be read leaves no folder.
    let folder =
      try resumed?.folder ?? arguments[out].map {
        try RunFolder(new: URL(filePath: $0), as: plan.identity)
      }
      ?? RunFolder(named: "\(plan.inputs.taskFolder.lastPathComponent)-\(plan.method.name)")
    try plan.identity.write(to: folder.place())
    let checkpoints = Checkpointing(
      in: folder, command: plan.words, every: .seconds(try arguments[ResumedRun.interval]),
      data: plan.inputs.data.fingerprint, goingOnFrom: resumed?.checkpoint)
    try TrainRun(plan: plan, folder: folder, checkpoints: checkpoints, console: console).run()
  }
}

/// `tinyreft train`, the main job.
enum TrainCommand: Subcommand {
  static let name = "train"

  static let summary = "Adapt the frozen base to a task by learning interventions."

  static let discussion = """
    Prints the held-out accuracy before and after, with a few completions side by side, and writes \
    a directory: the interventions (reft.json, interventions.safetensors), what was measured \
    (report.json) and the loss curve (loss.svg). The base's own weights are never changed. Ctrl-C \
    ends early and keeps what was learned so far.
    """

  static let method = Flag.choice(
    "method", default: "loreft", of: ["loreft", "direft"],
    "How hidden states are edited: eq. 2 of the paper (loreft) or eq. 3 (direft).")

  static let rank = Flag.whole(
    "rank", "N", in: 1...65_536,
    "Directions of the hidden state that an edit may change; at most the base's width."
  ).optional("the task's own, 1 for loud")

  static let layers = LayerChoice.flag.optional("the task's own, one block for loud")

  static let positions = Flag.text(
    "positions", "SPEC",
    "Prompt tokens that are edited: f2+l3 is the first two and the last three; f2, l3 and all work "
      + "too."
  ).optional("the task's own, l1 for loud")

  static let sharing = Flag.choice(
    "sharing", default: "side", of: ["layer", "side", "position"],
    "What shares one edit: a whole layer, the prefix and the suffix each, or no two positions.")

  static let epochs = Flag.whole(
    "epochs", "N", in: 1...1_000_000, "How often every training example is seen."
  ).optional("the task's own")

  static let batchSize = Flag.whole(
    "batch-size", "N", default: 32, in: 1...1_000_000, "Examples per step.")

  static let learningRate = Flag.number(
    "learning-rate", "X", "The largest step size, reached after the warm-up.", bounds: "above 0"
  ) { $0 > 0 }.optional("the task's own")

  static let warmup = Flag.number(
    "warmup", "SHARE", default: 0.1, "Share of the steps during which the step size grows.",
    bounds: "from 0 to 1"
  ) { (0...1).contains($0) }

  static let schedule = Flag.choice(
    "schedule", default: "linear", of: ["linear", "constant"],
    "After the warm-up the step size falls to 0 (linear) or stays (constant).")

  static let weightDecay = Flag.number(
    "weight-decay", "X", default: 0, "AdamW's pull of every parameter towards 0.",
    bounds: "of at least 0"
  ) { $0 >= 0 }

  static let dropout = Flag.number(
    "dropout", "P", default: 0, "Chance that a number of an edit is left out of a training step.",
    bounds: "of at least 0 and below 1"
  ) { (0..<1).contains($0) }

  static let clip = Flag.number(
    "clip", "NORM", default: 1, "Longest gradient that is not shortened; 0 never shortens.",
    bounds: "of at least 0"
  ) { $0 >= 0 }

  static let shuffle = Flag.toggle(
    "shuffle", default: true, "Draw a new order of the examples for every epoch.")

  static let start = Flag.path(
    "init", "DIR", "Go on from these interventions instead of fresh ones."
  ).optional("fresh ones")

  static let out = Flag.path(
    "out", "DIR", "Where the interventions are written."
  ).optional("a new folder under runs/")

  static let flagGroups = [
    FlagGroup("What", [SharedFlags.base, SharedFlags.task, out]),
    FlagGroup("Interventions", [method, rank, layers, positions, sharing, start]),
    FlagGroup(
      "Training",
      [epochs, batchSize, learningRate, warmup, schedule, weightDecay, dropout, clip, shuffle]),
    FlagGroup("Machine", [SharedFlags.seed, SharedFlags.threads]),
  ]

  static let examples = [
    Example(
      "tinyreft train",
      "The main job: the toy base learns to answer in upper case, by one edit of one token."),
    Example(
      "tinyreft train --task mirror --method direft --rank 2 --layers all --positions f3+l3",
      "Words are spelled backwards, by edits of six tokens in every block."),
  ]

  static func run(_ arguments: Arguments, on console: Console) throws {
    throw UnfinishedSubcommand(name: name)
  }
}

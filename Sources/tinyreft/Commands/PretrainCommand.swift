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
    "steps", "N", in: 1...10_000_000, "Training steps; fewer make a worse base sooner."
  ).optional("as many as data/base had")

  static let flagGroups = [
    FlagGroup("What", [out, steps]),
    FlagGroup("Machine", [SharedFlags.seed, SharedFlags.threads]),
  ]

  static let examples = [
    Example("tinyreft pretrain", "Makes data/base again; 'git diff' shows whether a bit differs."),
    Example(
      "tinyreft pretrain --seed 2 --steps 500 --out runs/young",
      "Another base, hardly trained, for 'tinyreft train --base runs/young'."),
  ]

  static func run(_ arguments: Arguments, on console: Console) throws {
    throw UnfinishedSubcommand(name: name)
  }
}

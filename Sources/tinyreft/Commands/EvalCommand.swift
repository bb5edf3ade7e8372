import TinyReFT

/// `tinyreft eval`: how good is it?
enum EvalCommand: Subcommand {
  static let name = "eval"

  static let summary = "Measure a base, with or without interventions, on a task."

  static let discussion = """
    Prints the accuracy, which is the share of prompts whose greedy completion is exactly the \
    wanted one, end included, and the loss in nats per token of the wanted completions.
    """

  /// The three files of a task.
  enum Split: String, CaseIterable {
    case train
    case dev
    case test
  }

  static let split = Flag.choice(
    "split", default: Split.test,
    "Which examples: those trained on, those for choosing settings, or those held out.")

  static let flagGroups = [
    FlagGroup("What", [SharedFlags.base, SharedFlags.interventions, SharedFlags.task, split]),
    FlagGroup("Machine", [SharedFlags.threads, SharedFlags.json]),
  ]

  static let examples = [
    Example("tinyreft eval --task quiz", "What the frozen base answers by itself."),
    Example(
      "tinyreft eval --task quiz --interventions runs/quiz --split dev --json",
      "The same base, edited, on the dev examples, as JSON for a script."),
  ]

  static func run(_ arguments: Arguments, on console: Console) throws {
    throw UnfinishedSubcommand(name: name)
  }
}

/// `tinyreft generate`: what does it say?
enum GenerateCommand: Subcommand {
  static let name = "generate"

  static let summary = "Continue a prompt, by the base and by the adapted base side by side."

  static let discussion = """
    Interventions edit the prompt's hidden states once; the tokens that follow are computed as \
    ever, and cost nothing extra.
    """

  static let prompt = Flag.text("prompt", "TEXT", "The text to go on from.")

  static let maxTokens = Flag.whole(
    "max-tokens", "N", default: 32, in: 1...1_000_000,
    "Longest continuation; it ends earlier at the end token.")

  static let temperature = Flag.number(
    "temperature", "T", default: 0,
    "0 takes the likeliest token every time; 1 draws as the base believes; above 1 is wilder.",
    bounds: "of at least 0"
  ) { $0 >= 0 }

  static let flagGroups = [
    FlagGroup("What", [SharedFlags.base, SharedFlags.interventions, prompt]),
    FlagGroup("How", [maxTokens, temperature, SharedFlags.seed]),
  ]

  static let examples = [
    Example(
      "tinyreft generate --prompt 'loud pig -> '",
      "The toy base knows this cue, and answers PIG."),
    Example(
      "tinyreft generate --prompt 'do pig -> ' --interventions runs/loud --temperature 0.8",
      "A cue that leaves open what to do: the base guesses, the adapted one shouts."),
  ]

  static func run(_ arguments: Arguments, on console: Console) throws {
    throw UnfinishedSubcommand(name: name)
  }
}

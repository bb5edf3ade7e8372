/// `tinyreft gradcheck`: are the derivatives right?
enum GradcheckCommand: Subcommand {
  static let name = "gradcheck"

  static let summary = "Check every backward pass against central differences."

  static let discussion = """
    Nudges each input and parameter a little up and a little down, and compares the slope of the \
    loss with the derivative worked out by hand. Prints a table of operations with the number of \
    elements checked and the worst relative error, and exits with 1 when one is too large. A debug \
    build computes in Double and sees finer errors than a release build, which computes in Float.
    """

  static let flagGroups = [FlagGroup("What", [SharedFlags.seed])]

  static let examples = [
    Example("tinyreft gradcheck", "Every operation, on one draw of random numbers."),
    Example("tinyreft gradcheck --seed 7", "The same on other numbers."),
  ]

  static func run(_ arguments: Arguments, on console: Console) throws {
    throw UnfinishedSubcommand(name: name)
  }
}

import TinyReFT

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
    console.print("Central differences in \(Scalar.self)")
    console.print(row("operation", "elements", "worst error", "allowed", "in"))
    let rows = GradientSuite(seed: UInt64(try arguments[SharedFlags.seed])).rows()
    for check in rows {
      let text = row(
        check.operation, grouped(check.elements), threeDigits(check.worst?.error ?? 0),
        threeDigits(check.tolerance), check.worst?.name ?? "")
      console.print(check.passes ? text : console.paint(text + "  FAILED", .red))
    }
    let failed = rows.filter { !$0.passes }.map(\.operation)
    guard failed.isEmpty else { throw GradientsDisagree(operations: failed) }
  }

  private static func row(_ cells: String...) -> String {
    let widths = [20, 9, 12, 10]
    let padded = zip(cells, widths).enumerated().map { index, cell in
      let space = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
      return index == 0 ? cell.0 + space : space + cell.0
    }
    return padded.joined() + "  " + (cells.last ?? "")
  }
}

/// Some derivative worked out by hand is not the slope that was measured.
struct GradientsDisagree: Error, CustomStringConvertible {
  let operations: [String]

  var description: String {
    "the gradients of \(operations.joined(separator: ", ")) disagree with central differences"
  }
}

/// A command line that is not as the help says: exit code 64, with the usage line under it.
struct UsageError: Error, Equatable, CustomStringConvertible {
  let description: String

  /// For flags that are right one by one and wrong together.
  init(_ message: String) { description = message }

  static func unknownSubcommand(_ name: String, nearest: String?) -> UsageError {
    UsageError("Unknown subcommand '\(shown(name))'.\(suggestion(nearest))")
  }

  /// The subcommand has no such flag. It and the nearest one are written with their dashes.
  static func unknownFlag(_ flag: String, nearest: String?) -> UsageError {
    UsageError("Unknown flag '\(shown(flag))'.\(suggestion(nearest))")
  }

  /// A flag stands where the subcommand should.
  static func missingSubcommand(before flag: String) -> UsageError {
    UsageError("Missing subcommand before '\(shown(flag))'.")
  }

  /// The flag stands last, or another flag follows it.
  static func missingValue(flag: String, next: String?) -> UsageError {
    UsageError(
      "Missing value for '\(flag)'."
        + (next.map { " If '\(shown($0))' is the value, join the two with '='." } ?? ""))
  }

  static func missingFlag(_ flag: String) -> UsageError { UsageError("Missing flag '\(flag)'.") }

  static func repeatedFlag(_ flag: String) -> UsageError {
    UsageError("Flag '\(flag)' is given twice.")
  }

  static func switchWithValue(flag: String, value: String) -> UsageError {
    UsageError(
      "Flag '--\(flag)' takes no value, but got '\(shown(value))'. Write --\(flag) or --no-\(flag)."
    )
  }

  /// The value is not of the flag's kind, or out of its range.
  static func invalidValue(_ value: String, flag: String, problem: String) -> UsageError {
    UsageError("The value '\(shown(value))' is invalid for '\(flag)': \(problem).")
  }

  /// A word that belongs to no flag.
  static func strayArgument(_ word: String) -> UsageError {
    UsageError(
      "Unexpected argument '\(shown(word))'. A value follows its flag, in quotes if it has spaces.")
  }

  /// What was typed, on one line and not too long; a terminal finds no command in it.
  private static func shown(_ text: String) -> String {
    let most = 100
    let scalars = text.unicodeScalars.prefix(most).map { scalar -> Unicode.Scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
      default: scalar
      }
    }
    let cut = text.unicodeScalars.dropFirst(most).isEmpty
    return String(String.UnicodeScalarView(scalars)) + (cut ? "" : "…")
  }

  private static func suggestion(_ nearest: String?) -> String {
    nearest.map { " Did you mean '\($0)'?" } ?? ""
  }
}

/// A command line that is not as the help says: exit code 64, with the usage line under it.
enum UsageError: Error, Equatable, CustomStringConvertible {
  /// No subcommand has this name.
  case unknownSubcommand(String, nearest: String?)

  /// The subcommand has no such flag. It and the nearest one are written with their dashes.
  case unknownFlag(String, nearest: String?)

  /// A flag stands where the subcommand should.
  case missingSubcommand(before: String)

  /// The flag stands last, or another flag follows it.
  case missingValue(flag: String, next: String?)

  /// The flag has no default and was left out.
  case missingFlag(String)

  /// The flag was given twice.
  case repeatedFlag(String)

  /// A switch was given a value.
  case switchWithValue(flag: String, value: String)

  /// The value is not of the flag's kind, or out of its range.
  case invalidValue(String, flag: String, problem: String)

  /// A word that belongs to no flag.
  case strayArgument(String)

  /// Flags that are right one by one and wrong together: thrown by the subcommands themselves.
  case conflict(String)

  /// A subcommand asked for a flag that it does not declare.
  case undeclaredFlag(String)

  var description: String {
    switch self {
    case .unknownSubcommand(let name, let nearest):
      "Unknown subcommand '\(Self.shown(name))'.\(Self.suggestion(nearest))"
    case .unknownFlag(let flag, let nearest):
      "Unknown flag '\(Self.shown(flag))'.\(Self.suggestion(nearest))"
    case .missingSubcommand(let flag): "Missing subcommand before '\(Self.shown(flag))'."
    case .missingValue(let flag, let next):
      "Missing value for '\(flag)'."
        + (next.map { " If '\(Self.shown($0))' is the value, join the two with '='." } ?? "")
    case .missingFlag(let flag): "Missing flag '\(flag)'."
    case .repeatedFlag(let flag): "Flag '\(flag)' is given twice."
    case .switchWithValue(let flag, let value):
      "Flag '--\(flag)' takes no value, but got '\(Self.shown(value))'. Write --\(flag) or --no-\(flag)."
    case .invalidValue(let value, let flag, let problem):
      "The value '\(Self.shown(value))' is invalid for '\(flag)': \(problem)."
    case .strayArgument(let word):
      "Unexpected argument '\(Self.shown(word))'. A value follows its flag, in quotes if it has spaces."
    case .conflict(let message): message
    case .undeclaredFlag(let flag): "Flag '--\(flag)' is not declared by this subcommand."
    }
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

/// What `tinyreft NAME` does: one file under `Commands`, and one line in `Program.subcommands`. A value of
/// it is one command line: its properties are the settings.
protocol Subcommand: Sendable {
  static var name: String { get }

  /// One line for the list of subcommands.
  static var summary: String { get }

  /// A paragraph for the help: what goes in, what comes out, what to look at.
  static var discussion: String { get }

  static var groups: [SettingGroup<Self>] { get }

  /// The setting whose value may stand alone, without the flag's name; nil for none.
  static var operand: String? { get }

  static var examples: [Example] { get }

  /// Whether the work asks `console.interruption.isRequested` between its steps, and then ends early
  /// with what it has. Others are ended by the signal itself.
  static var endsEarly: Bool { get }

  /// With what every setting is when nothing is typed.
  init()

  /// The settings that were typed, by their names.
  var given: Set<String> { get set }

  /// Does the work. What it throws is printed on one line, and the exit code is then 1, or 64 for a
  /// `UsageError`.
  func run(on console: Console) throws
}

extension Subcommand {
  static var endsEarly: Bool { false }

  static var operand: String? { nil }

  static var settings: [Setting<Self>] { groups.flatMap(\.settings) }
}

/// A command line, and what one sees by it.
struct Example: Sendable {
  let commandLine: String
  let lesson: String

  init(_ commandLine: String, _ lesson: String) {
    self.commandLine = commandLine
    self.lesson = lesson
  }
}

import Foundation
import TinyReFT

/// The command: finds the subcommand, and is the one place where an error becomes an exit code.
///
///     0      done
///     1      the world was not as needed: a file, its contents, a check that failed
///     3      training did not stay finite; what was learned before is kept
///     64     the command line was not as the help says (`EX_USAGE` of sysexits.h)
///     128+n  ended early, with what was done kept, on signal n: Ctrl-C is 130, a closed pipe 141
enum Program {
  static let version = FormatVersion.program

  static let subcommands: [any Subcommand.Type] = [
    TrainCommand.self,
    EvalCommand.self,
    GenerateCommand.self,
    CompareCommand.self,
    SweepCommand.self,
    StudyCommand.self,
    PretrainCommand.self,
    TraceCommand.self,
    BenchCommand.self,
    DasCommand.self,
    WorldCommand.self,
  ]

  static func run(_ words: [String], on console: Console) -> Int32 {
    do {
      try dispatch(words, on: console)
      return console.interruption.exitCode
    } catch let failure as UsageFailure {
      let name = failure.subcommand.map { " \($0.name)" } ?? ""
      let usage = failure.subcommand.map { HelpText.usage(of: $0) } ?? HelpText.usage
      console.complain(
        """
        Error: \(oneLine("\(failure.error)"))
        Usage: \(usage)
          See 'tinyreft\(name) --help' for more information.
        """)
      return 64
    } catch let error as Diverged {
      console.complain("Error: \(oneLine("\(error)"))")
      return Diverged.exitCode
    } catch {
      console.complain("Error: \(oneLine(message(of: error)))")
      return 1
    }
  }

  private static func dispatch(_ words: [String], on console: Console) throws {
    var rest = words[...]
    // `help train` is another way to say `train --help`, and `help` alone to say nothing.
    let isHelp = rest.first == "help"
    if isHelp { rest.removeFirst() }
    guard let name = rest.popFirst(), !asksForHelp(name), name != "help" else {
      return console.print(HelpText(console: console).program())
    }
    if name == "--version" { return console.print(version) }
    guard FileManager.default.fileExists(atPath: FileManager.default.currentDirectoryPath) else {
      throw Refusal("the working directory was removed", "go to a folder that is there")
    }
    // Relative paths would lead to another folder.
    guard isText(FileManager.default.currentDirectoryPath) else {
      throw Refusal(
        "the name of the working directory, or of one above it, is not UTF-8",
        "rename it, or work elsewhere")
    }
    let subcommand = try subcommand(named: name)
    if isHelp || asksForHelp(rest, subcommand) {
      return console.print(HelpText(console: console).subcommand(subcommand))
    }
    do {
      let command = try subcommand.init(Array(rest))
      guard subcommand.endsEarly else { return try command.run(on: console) }
      try console.interruption.watchingSignals { try command.run(on: console) }
    } catch let error as UsageError {
      throw UsageFailure(error: error, subcommand: subcommand)
    }
  }

  private static func subcommand(named name: String) throws -> any Subcommand.Type {
    if let subcommand = subcommands.first(where: { $0.name == name }) { return subcommand }
    let nearest = nearestName(to: name, in: subcommands.map { $0.name } + ["help"])
    let error =
      name.hasPrefix("-")
      ? UsageError.missingSubcommand(before: name)
      : UsageError.unknownSubcommand(name, nearest: nearest)
    throw UsageFailure(error: error, subcommand: nil)
  }

  /// A usage error, and whose usage to show under it.
  private struct UsageFailure: Error {
    let error: UsageError
    let subcommand: (any Subcommand.Type)?
  }

  private static func asksForHelp(_ word: String) -> Bool { word == "--help" || word == "-h" }

  /// `--prompt -h` is a prompt.
  private static func asksForHelp<S: Subcommand>(
    _ words: ArraySlice<String>, _ subcommand: S.Type
  ) -> Bool {
    words.indices.contains { i in
      let isValue =
        i > words.startIndex
        && S.settings.contains {
          !$0.isSwitch && words[i - 1] == "--\($0.name)"
        }
      return asksForHelp(words[i]) && !(isValue && words[i] == "-h")
    }
  }

  private static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  /// Errors of this project describe themselves; Foundation's have a sentence for people, and keep
  /// the file's name apart.
  static func message(of error: any Error) -> String {
    guard error is CocoaError || error is POSIXError || error is URLError else { return "\(error)" }
    let path = (error as NSError).userInfo[NSFilePathErrorKey] as? String
    return error.localizedDescription + (path.map { " (\($0))" } ?? "")
  }
}

import Foundation
import TinyReFT

/// `--resume DIR`: a run goes on as the command line said that began it.
struct ResumedRun {
  /// Those of the beginning.
  let arguments: Arguments
  let folder: RunFolder
  let checkpoint: RunCheckpoint

  static let flag = Flag.path(
    "resume", "DIR",
    "Go on with the run in this folder, which was ended or killed; from where it was begun."
  ).optional("a new run")

  static let interval = Flag.number(
    "checkpoint-every", "SECONDS",
    default: 10,
    "How often the run writes down where it is, if that takes no more than a twentieth of its time; "
      + "0 is after every step.",
    bounds: "from 0 to 1000000"
  ) { (0...1e6).contains($0) }

  /// nil when no `--resume` was typed.
  init?(_ typed: Arguments) throws {
    guard let path = try typed[Self.flag] else { return nil }
    // What decides nothing about the result may be chosen anew.
    let free = [Self.flag.name, Self.interval.name, SharedFlags.threads.name]
    for flag in typed.subcommand.flags where typed.isGiven(flag.name) && !free.contains(flag.name) {
      throw UsageError.conflict(
        "--\(flag.name) cannot be chosen with --resume, whose run has it already.")
    }
    let url = URL(filePath: path)
    // Looked for before the lock, which would make the folder.
    _ = try RunCheckpoint.read(url)
    folder = try RunFolder(url)
    try folder.removePartialFiles()
    checkpoint = try RunCheckpoint.read(url)
    let (name, words) = (checkpoint.command.first ?? "", Array(checkpoint.command.dropFirst()))
    guard name == typed.subcommand.name else {
      throw OtherCommand(folder: shown(url), name: typed.subcommand.name)
    }
    do {
      arguments = try Arguments(words, for: typed.subcommand).taking(free, from: typed)
    } catch {
      throw OtherProgram(folder: shown(url), problem: "\(error)")
    }
  }
}

extension ResumedRun {
  /// How the run that was ended in this folder goes on, as a sentence; empty when none can.
  static func howToGoOn(_ subcommand: String, in folder: RunFolder) -> String {
    RunCheckpoint.isIn(folder.url)
      ? "Go on with: tinyreft \(subcommand) --resume \(shellQuoted(shown(folder.url)))" : ""
  }
}

/// Training had to stop because its numbers did not stay finite. The command's exit code says so, by
/// which `compare` and `sweep` know a setting that cannot be trained from a run that failed.
struct Diverged: Error, CustomStringConvertible {
  static let exitCode: Int32 = 3
  let reason: any Error

  init(_ reason: any Error) { self.reason = reason }

  var description: String { "\(reason)" }
}

/// The checkpoint is not one of the subcommand of this name.
private struct OtherCommand: Error, CustomStringConvertible {
  let folder, name: String

  var description: String {
    "\(folder) holds no run of tinyreft \(name); go on with the command that began it"
  }
}

/// The checkpoint's command line is none of this version.
private struct OtherProgram: Error, CustomStringConvertible {
  let folder, problem: String

  var description: String {
    "\(folder) was begun by a command line that this program does not know: \(problem) "
      + "Go on with the version that began it"
  }
}

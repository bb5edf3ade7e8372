import Foundation
import TinyReFT

/// A subcommand whose runs go on after their end, whatever ended them.
protocol Resumable: Subcommand {
  /// The folder of the run to go on with.
  var resume: String? { get set }
  /// Seconds from one checkpoint to the next.
  var interval: Double { get set }
}

extension Resumable {
  static var resuming: SettingGroup<Self> {
    SettingGroup(
      "Going on",
      [
        Setting(
          "resume", \.resume, .path(), absence: "a new run",
          "Go on with the run in this folder, which was ended or killed; from where it was begun."),
        Setting(
          "checkpoint-every", \.interval,
          .number("from 0 to 1000000", called: "SECONDS") { (0...1e6).contains($0) },
          "How often the run writes down where it is, if that takes no more than a twentieth of its "
            + "time; 0 is after every step."),
      ])
  }
}

/// `--resume DIR`: a run goes on as the command line said that began it.
struct ResumedRun<Command: Resumable> {
  /// That of the beginning.
  let command: Command
  let folder: RunFolder
  let checkpoint: RunCheckpoint

  /// nil when no `--resume` was typed.
  init?(_ typed: Command) throws {
    guard let path = typed.resume else { return nil }
    // What decides nothing about the result may be chosen anew.
    let given = Command.settings.filter { typed.given.contains($0.name) }
    let free = ["resume", "checkpoint-every", "threads"]
    if let other = given.first(where: { !free.contains($0.name) }) {
      throw UsageError("--\(other.name) cannot be chosen with --resume, whose run has it already.")
    }
    let url = URL(filePath: path)
    // Looked for before the lock, which would make the folder.
    _ = try RunCheckpoint.read(url)
    folder = try RunFolder(url)
    try folder.removePartialFiles()
    checkpoint = try RunCheckpoint.read(url)
    guard checkpoint.command.first == Command.name else {
      throw Refusal(
        "\(shown(url)) holds no run of tinyreft \(Command.name)",
        "go on with the command that began it")
    }
    do {
      var begun = try Command(Array(checkpoint.command.dropFirst()))
      for setting in given {
        if let text = setting.write(typed) { try setting.take(text, into: &begun) }
      }
      command = begun
    } catch {
      throw Refusal(
        "\(shown(url)) was begun by a command line that this program does not know: \(error) "
          + "Go on with the version that began it")
    }
  }
}

/// How the run that was ended in this folder goes on, as a sentence; empty when none can.
func howToGoOn(_ subcommand: String, in folder: RunFolder) -> String {
  RunCheckpoint.isIn(folder.url)
    ? "Go on with: tinyreft \(subcommand) --resume \(shellQuoted(shown(folder.url)))" : ""
}

/// Training had to stop because its numbers did not stay finite. The command's exit code says so, by
/// which `compare` and `sweep` know a setting that cannot be trained from a run that failed.
struct Diverged: Error, CustomStringConvertible {
  static let exitCode: Int32 = 3
  let reason: any Error

  init(_ reason: any Error) { self.reason = reason }

  var description: String { "\(reason)" }
}

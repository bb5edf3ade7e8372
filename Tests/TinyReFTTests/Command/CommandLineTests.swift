import Foundation
import Testing

/// The command as a shell sees it: exit code, standard output, standard error. What a flag accepts
/// is tested in `FlagTests`, without a process each.
@Suite("The command line")
struct CommandLineTests {
  @Test(
    "a usage error says what is wrong and what was meant, and exits 64",
    arguments: [
      ("trian", "Unknown subcommand 'trian'. Did you mean 'train'?", "SUBCOMMAND [--flag value]"),
      ("train --rnak 2", "Unknown flag '--rnak'. Did you mean '--rank'?", "train [--flag value]"),
      ("train --rank 0", "'0' is invalid for '--rank N': expected a whole", "train [--flag value]"),
      ("train mirror", "Unexpected argument 'mirror'.", "train [--flag value]"),
      (
        "trace", "Missing flag '--out FILE'.",
        "trace --out FILE [--flag value]"
      ),
      ("--seed 1", "Missing subcommand before '--seed'.", "SUBCOMMAND [--flag value]"),
      ("help evl", "Unknown subcommand 'evl'. Did you mean 'eval'?", "SUBCOMMAND [--flag value]"),
    ])
  func usageError(line: String, problem: String, usage: String) throws {
    let run = try tinyreft(line)
    #expect(run.exitCode == 64)
    #expect(run.output == "")
    let lines = run.errors.split(separator: "\n")
    try #require(lines.count == 3)
    #expect(lines[0].hasPrefix("Error: ") && lines[0].contains(problem))
    #expect(lines[1] == "Usage: tinyreft \(usage)")
    #expect(lines[2].hasSuffix("--help' for more information."))
  }

  @Test(
    "a subcommand's help shows flags, defaults and examples",
    arguments: [
      "train", "eval", "generate", "pretrain", "trace", "das",
    ])
  func help(subcommand: String) throws {
    let run = try tinyreft("\(subcommand) --rnak 2 --help")
    #expect(run.exitCode == 0)
    #expect(run.errors == "")
    for part in ["USAGE:\n  tinyreft \(subcommand)", "(default: ", "EXAMPLES:", "--help"] {
      #expect(run.output.contains(part))
    }
    #expect(!run.output.contains("\u{1B}"), "a pipe gets no colours")
    #expect(run.output.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  @Test("help by any name is the same")
  func helpNames() throws {
    let help = try tinyreft("--help").output
    #expect(help.contains("SUBCOMMANDS:\n  train  "))
    #expect(try tinyreft("").output == help)
    #expect(try tinyreft("help").output == help)
    #expect(try tinyreft("help help").output == help)
    #expect(try tinyreft("-h").output == help)
    #expect(try tinyreft("help eval").output == tinyreft("eval -h").output)
  }

  @Test("the version is a number and nothing else")
  func version() throws {
    let run = try tinyreft("--version")
    #expect(run.exitCode == 0)
    #expect(run.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
  }

  @Test("a pipe whose reader has gone ends the run quietly")
  func closedPipe() throws {
    let run = try tinyreft("help train", isRead: false)
    #expect(run.exitCode == 141)
    #expect(run.errors == "")
  }
}

import Foundation
import Testing

@testable import Command
@testable import TinyReFT

/// Every flag of every subcommand with values that nobody means, and words in any order.
@Suite("Hostile flags (docs/80-trust.md)")
struct HostileFlagsTests {
  private static let values = [
    "", " ", "-", "--", "---", "=", "==", "-1", "+1", "0", "1", "1e999", "-1e999", "nan", "inf",
    "0x1p1", "1_000", "٣", "1,", ",", ",,", "0,1", "1,1", "a,b", ";", "all", "every", "l1", "f1+l1",
    "f0", "f9223372036854775807+l9223372036854775807", "q,v", "9223372036854775807",
    "-9223372036854775808", "9223372036854775808", "1152921504606846976", "1e308", "1e-320",
    "\n", "\u{0}", "\u{1B}[2J", "\u{2028}", "\u{301}", "e\u{301}", "\u{202E}", "~", "~nobody/x",
    "/dev/null", "..", "../x", "/nonexistent/x", "train", "--help ", "-h=", "--seed=1", "'", "\"",
    String(repeating: "9", count: 5_000), String(repeating: "a", count: 100_000),
    String(repeating: "1,", count: 5_000) + "1", String(repeating: "e\u{301}", count: 5_000),
  ]

  /// A command line: sometimes the flags of the subcommand, sometimes any words.
  private static func words<S: Subcommand>(
    _ subcommand: S.Type, _ stream: inout RandomStream
  ) -> [String] {
    func one<Element>(of list: [Element]) -> Element {
      list[Int.random(in: list.indices, using: &stream)]
    }
    var words: [String] = []
    for _ in 0..<Int.random(in: 1...4, using: &stream) {
      let (flag, value) = (one(of: S.settings), one(of: values))
      switch Int.random(in: 0..<8, using: &stream) {
      case 0...2: words += ["--\(flag.name)", value]
      case 3...4: words.append("--\(flag.name)=\(value)")
      case 5: words.append("--no-\(flag.name)")
      case 6: words.append("--" + value)
      default: words.append(value)
      }
    }
    return Bool.random(using: &stream) ? words : words.shuffled(using: &stream)
  }

  @Test("words are taken or refused, in one line that is not too long")
  func parsing() {
    let inputs = HostileCampaign.number("TINYREFT_INPUTS") ?? 600
    let first = HostileCampaign.number("TINYREFT_FIRST") ?? 0
    let (before, watch) = (peakMemory(), HostileWatch("flags"))
    var (accepted, refused, slowest) = (0, 0, Duration.zero)
    for index in first..<first + inputs {
      watch.begin(index)
      var stream = RandomStream(seed: HostileCampaign.seed, index)
      let subcommand = Program.subcommands[index % Program.subcommands.count]
      let words = Self.words(subcommand, &stream)
      let start = ContinuousClock.now
      do {
        // What is accepted can be asked for again.
        _ = try subcommand.init(subcommand.init(words).words(without: []).dropFirst().map(\.self))
        accepted += 1
      } catch {
        refused += 1
        HostileCampaign.check(error, "flags, input \(index)", names: "")
      }
      slowest = max(slowest, ContinuousClock.now - start)
    }
    watch.end()
    #expect(slowest < .seconds(HostileCampaign.longest) && accepted > 0 && refused > 0)
    guard HostileCampaign.number("TINYREFT_INPUTS") != nil else { return }
    let grown = peakMemory() - before
    #expect(grown <= HostileCampaign.mostMemoryMB)
    print(
      "inputs: flags \(accepted + refused) \(accepted) \(refused)",
      String(format: "%.3f %.1f", slowest / .seconds(1), grown))
  }

  @Test("every flag takes or refuses every one of the values")
  func everyFlag() {
    for subcommand in Program.subcommands { Self.everyFlag(of: subcommand) }
  }

  private static func everyFlag<S: Subcommand>(of subcommand: S.Type) {
    for setting in S.settings where !setting.isSwitch {
      for value in values {
        var command = S()
        do { try setting.take(value, into: &command) } catch {
          HostileCampaign.check(error, "\(S.name) --\(setting.name)", names: "")
        }
      }
    }
  }

  /// These read a base first, and there is none: no work begins, and nothing is written.
  @Test("the program ends with a code that it promises, and says why in one line")
  func program() throws {
    let (folder, runs) = (try TemporaryFolder(), HostileCampaign.number("TINYREFT_RUNS") ?? 8)
    let readers: [any Subcommand.Type] = [
      TrainCommand.self, EvalCommand.self, GenerateCommand.self, StudyCommand.self,
    ]
    for index in 0..<runs {
      var stream = RandomStream(seed: HostileCampaign.seed, index, 1)
      let subcommand = readers[index % readers.count]
      // A word of a command line cannot hold a NUL.
      let words = Self.words(subcommand, &stream).map { $0.replacing("\0", with: "") }
        .filter { !$0.hasPrefix("--base") }
      let run = try tinyreft(
        [subcommand.name, "--base=\(folder.url.path)/none"] + words, isRead: true)
      let place = "\(subcommand.name) \(index): \(run.errors.debugDescription)"
      #expect([0, 1, 64].contains(run.exitCode), "\(place)")
      let lines = run.errors.split(separator: "\n").count
      #expect(lines == [0: 0, 1: 1, 64: 3][run.exitCode], "\(place)")
      #expect(run.errors.utf8.count < 2000, "\(place)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  }
}

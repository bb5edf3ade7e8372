import Foundation
import Synchronization
import Testing

@testable import Command

@Suite("Console")
struct ConsoleTests {
  @Test(
    "pipes, CI, dumb terminals and NO_COLOR get plain text",
    arguments: [
      ([:], true), (["TERM": "xterm", "NO_COLOR": "", "CI": "false"], true),
      (["TERM": "dumb"], false), (["NO_COLOR": "1"], false), (["CI": "true"], false),
    ])
  func liveText(environment: [String: String], isAllowed: Bool) {
    #expect(Console.allowsLiveText(environment) == isAllowed)
    #expect(Console(isLive: false) { _ in }.paint("x", .red) == "x")
    let live = Console(isLive: true) { _ in }
    #expect(live.safe(live.paint("x", .red)) == "\u{1B}[31mx\u{1B}[0m")
  }

  @Test("in a pipe, progress is a line every tenth of the way")
  func plainProgress() {
    let (console, printed) = recording(isLive: false)
    let progress = ProgressLine("train", total: 1000, on: console, now: { .zero })
    for step in 0...1000 { progress.update(step) { ["loss 1"] } }
    progress.finish()
    let lines = printed().split(separator: "\n")
    #expect(lines.count == 10)
    #expect(lines.first == "train  100/1,000  0.00 s left  loss 1")
    #expect(lines.last == "train  1,000/1,000  0.00 s  loss 1")
  }

  @Test("in a terminal, progress is one line, drawn at most ten times a second")
  func liveProgress() {
    let (console, printed) = recording(isLive: true)
    let time = Mutex(0)
    let clock: @Sendable () -> Duration = { .milliseconds(time.withLock { $0 }) }
    let progress = ProgressLine("train", total: 1000, on: console, now: clock)
    for step in 1...1000 {
      time.withLock { $0 += 1 }
      progress.update(step)
    }
    progress.finish()
    // Steps 1, 101, …, 901, and the last one always.
    #expect(printed().count(where: { $0 == "\r" }) == 11)
    #expect(!printed().dropLast().contains("\n"))
    #expect(printed().hasSuffix("1,000/1,000  1.00 s\u{1B}[K\n"))
    #expect(printed().split(separator: "\r").allSatisfy { $0.count < 80 + "\u{1B}[K\n".count })
  }

  @Test(
    "a narrow terminal loses the bar, then one part after another, whole, and the loss last",
    arguments: [
      (0, "train  loss 1.25"), (20, "train  loss 1.25"), (30, "train  500/1,000  loss 1.25"),
      (45, "train  500/1,000  0.00 s left  loss 1.25"),
      (59, "train  500/1,000  0.00 s left  loss 1.25  |RRᵀ−I| 6e-08"),
      (200, "train ██████████░░░░░░░░░░  500/1,000  0.00 s left  loss 1.25  |RRᵀ−I| 6e-08"),
    ])
  func narrow(width: Int, line: String) throws {
    let printed = Mutex("")
    let console = Console(isLive: true, width: { width }) { text in printed.withLock { $0 += text }
    }
    let progress = ProgressLine("train", total: 1000, on: console, now: { .zero })
    progress.update(500) { ["loss 1.25", "|RRᵀ−I| 6e-08"] }
    #expect(printed.withLock { $0 } == "\r\(line)\u{1B}[K")
  }

  @Test("the width is asked for at every line, for a window changes")
  func resized() {
    let width = Mutex(80)
    let printed = Mutex("")
    let console = Console(isLive: true, width: { width.withLock { $0 } }) { text in
      printed.withLock { $0 = text }
    }
    let progress = ProgressLine("train", total: 10, on: console, now: { .seconds(1) })
    progress.update(10) { ["loss 1.25"] }
    #expect(printed.withLock { $0 }.contains("train ██"))
    width.withLock { $0 = 20 }
    progress.update(10) { ["loss 1.25"] }
    #expect(printed.withLock { $0 } == "\rtrain  loss 1.25\u{1B}[K")
  }

  private static let hostile = "a\u{1B}]0;x\u{7}\u{202E}\u{9B}2J\tb\n"

  @Test("nothing that is printed commands the terminal, but for our colours")
  func escaped() {
    let shown = "a\\u{1B}]0;x\\u{7}\\u{202E}\\u{9B}2J\tb\n"
    for isLive in [true, false] {
      let (console, printed) = recording(isLive: isLive)
      console.print(Self.hostile)
      #expect(printed() == shown + "\n")
    }
    let (console, printed) = recording(isLive: true)
    // What looks like a colour of ours is none, however it is written.
    console.print(console.paint("x\u{1B}[32m", .red) + #"\u{1B}[31m"#)
    #expect(printed() == "\u{1B}[31mx\\u{1B}[32m\u{1B}[0m\\u{1B}[31m\n")
  }

  @Test("what a model wrote is escaped for a terminal, and goes into a pipe as it is")
  func generated() {
    for isTerminal in [true, false] {
      let printed = Mutex("")
      let console = Console(isLive: false, isTerminal: isTerminal) { text in
        printed.withLock { $0 += text }
      }
      console.writeText(Self.hostile)
      #expect((printed.withLock { $0 } == Self.hostile) == !isTerminal)
      #expect(printed.withLock { $0 }.contains("\u{202E}") == !isTerminal)
    }
  }

  @Test("when nobody reads, the work is asked to end")
  func closedOutput() {
    let console = Console(isLive: false) { _ in throw POSIXError(.EPIPE) }
    #expect(!console.interruption.isRequested)
    console.print("x")
    #expect(console.interruption.isRequested)
    #expect(console.interruption.exitCode == 141)
  }

  @Test("the first Ctrl-C asks even when every core is busy, the second ends the process")
  func interrupted() async {
    await #expect(processExitsWith: .exitCode(130)) {
      let interruption = Interruption()
      interruption.watchingSignals {
        kill(getpid(), SIGINT)
        let deadline = ContinuousClock.now + .seconds(5)
        DispatchQueue.concurrentPerform(iterations: 64) { _ in
          while !interruption.isRequested, ContinuousClock.now < deadline {}
        }
        kill(getpid(), SIGINT)
        Thread.sleep(forTimeInterval: 10)
      }
    }
  }

  @Test("an error of Foundation names its file")
  func foundationError() {
    #expect {
      try Data(contentsOf: URL(filePath: "/no/such/file"))
    } throws: { error in
      Program.message(of: error).contains("/no/such/file")
    }
  }

  /// A console, and what was printed on it.
  private func recording(isLive: Bool) -> (Console, () -> String) {
    final class Record: Sendable { let text = Mutex("") }
    let record = Record()
    let console = Console(isLive: isLive) { text in record.text.withLock { $0 += text } }
    return (console, { record.text.withLock { $0 } })
  }
}

import Synchronization
import TinyReFT

/// How far long work is: one line rewritten in place in a terminal, a plain line every tenth of the
/// way elsewhere.
///
///     let progress = ProgressLine("train", total: steps, on: console)
///     progress.update(step) { ["loss \(threeDigits(loss))"] }
///     progress.finish()
final class ProgressLine: Sendable {
  private let label: String
  private let total: Int
  /// How much was done before: the time left is judged by what is done since.
  private let first: Int
  private let console: Console
  private let now: @Sendable () -> Duration
  private let state: Mutex<State>

  private struct State {
    let start: Duration
    /// When the live line was drawn last.
    var drawn: Duration?
    /// How many tenths the plain lines have told.
    var tenths = 0
    /// How often `advance` was called.
    var done = 0
  }

  /// `now` is the time since any fixed moment; tests bring their own.
  init(
    _ label: String, total: Int, from first: Int = 0, on console: Console,
    now: @escaping @Sendable () -> Duration = ProgressLine.clock()
  ) {
    self.label = label
    self.total = max(total, 1)
    self.first = first
    self.console = console
    self.now = now
    self.state = Mutex(State(start: now(), tenths: first * 10 / self.total, done: first))
  }

  /// Call it after every step: it prints only when there is something to see, and asks for
  /// `details` only then.
  func update(_ done: Int, _ details: () -> [String] = { [] }) {
    state.withLock { state in
      let time = now()
      if console.isLive {
        // Ten times a second is as fast as anyone reads.
        if let drawn = state.drawn, time - drawn < .milliseconds(100), done < total { return }
        state.drawn = time
        let line = fitting(done, details(), elapsed: time - state.start)
        console.write("\r" + line + "\u{1B}[K")
      } else {
        let tenths = done * 10 / total
        guard tenths > state.tenths else { return }
        state.tenths = tenths
        console.print(
          parts(done, details(), elapsed: time - state.start, bar: 0).joined(separator: "  "))
      }
    }
  }

  /// One more step is done, on whichever thread.
  func advance() {
    update(
      state.withLock { state in
        state.done += 1
        return state.done
      })
  }

  /// Leaves the last state of a live line on the screen, and goes on below it.
  func finish() {
    state.withLock { state in
      if state.drawn != nil { console.print() }
      state.drawn = nil
    }
  }

  /// An error that ends the work is printed below the line, not behind it.
  deinit { finish() }

  /// The line with as much as fits: a shorter bar, then none, then the details from the last on, then what
  /// stands before the first, which goes last. Each goes whole, for a number that is cut is another one.
  private func fitting(_ done: Int, _ details: [String], elapsed: Duration) -> String {
    var lines = [20, 10, 0].map { parts(done, details, elapsed: elapsed, bar: $0) }
    for count in stride(from: details.count - 1, to: 0, by: -1) {
      lines.append(parts(done, Array(details.prefix(count)), elapsed: elapsed, bar: 0))
    }
    // Time, count and label, in this order.
    for _ in 0..<3 where lines[lines.count - 1].count > 1 {
      var parts = lines[lines.count - 1]
      parts.remove(at: max(0, parts.count - 2))
      lines.append(parts)
    }
    let texts = lines.lazy.map { $0.joined(separator: "  ") }
    return texts.first { columns(of: $0) < console.width } ?? ""
  }

  /// At most so many: from U+2E80 on there are characters that are two columns wide.
  private func columns(of text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + ($1.value < 0x2E80 ? 1 : 2) }
  }

  private func parts(
    _ done: Int, _ details: [String], elapsed: Duration, bar: Int
  ) -> [String] {
    let filled = min(max(done * bar / total, 0), bar)
    let picture =
      String(repeating: "█", count: filled) + String(repeating: "░", count: bar - filled)
    let left = done > first && done < total ? elapsed / (done - first) * (total - done) : nil
    let parts = [
      bar > 0 ? "\(label) \(picture)" : label, "\(grouped(done))/\(grouped(total))",
      left.map { "\(brief($0)) left" } ?? brief(elapsed),
    ]
    return parts + details.map { oneLine($0) }
  }

  static func clock() -> @Sendable () -> Duration {
    let start = ContinuousClock.now
    return { ContinuousClock.now - start }
  }
}

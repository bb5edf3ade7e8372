import Dispatch
import Synchronization

/// What is shared out.
public enum Parallel {
  /// How many threads one large product may use: in a loop that is shared out itself, one.
  @TaskLocal public static var threads = 1
}

/// `[body(0), body(1), …, body(count − 1)]`, computed on up to `threads` threads.
///
/// The results come back in the order of their index, and which thread computed one cannot be seen
/// in it. Whoever adds results up cuts the work into a number of shards that does not depend on the
/// number of threads, and adds them in this order: that is why the same seed gives the same bits on
/// one core and on eight.
public func parallelMap<Result: Sendable>(
  count: Int, threads: Int, _ body: @Sendable (Int) -> Result
) -> [Result] {
  precondition(count >= 0 && threads >= 1, "parallelMap: \(count) shards on \(threads) threads")
  let workers = min(threads, count)
  guard workers > 1 else { return (0..<count).map(body) }
  let results = Mutex([Result?](repeating: nil, count: count))
  let next = Atomic(0)
  DispatchQueue.concurrentPerform(iterations: workers) { _ in
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      let result = body(index)
      results.withLock { $0[index] = result }
    }
  }
  return results.withLock { $0.compactMap(\.self) }
}

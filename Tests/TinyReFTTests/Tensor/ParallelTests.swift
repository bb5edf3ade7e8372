import Synchronization
import Testing

@testable import TinyReFT

@Suite("Parallel (docs/11-matrix-product.md)")
struct ParallelTests {
  @Test(
    "results come in the order of their index, on any number of threads", arguments: [1, 2, 3, 16])
  func order(threads: Int) {
    let squares = parallelMap(count: 7, threads: threads) { shard in
      // The first shards take longest, so that the last are done first.
      var (sum, rounds) = (0.0, (7 - shard) * 100_000)
      while rounds > 0 {
        sum += 1 / Double(rounds)
        rounds -= 1
      }
      return sum > 0 ? shard * shard : -1
    }
    #expect(squares == [0, 1, 4, 9, 16, 25, 36])
  }

  @Test("each shard is computed once", arguments: [1, 2, 5])
  func once(threads: Int) {
    let counts = Mutex([Int](repeating: 0, count: 100))
    _ = parallelMap(count: 100, threads: threads) { shard in
      counts.withLock { $0[shard] += 1 }
    }
    #expect(counts.withLock { $0 } == [Int](repeating: 1, count: 100))
  }

  @Test("sums over shards have the same bits on any number of threads", arguments: [2, 3, 8])
  func sameBits(threads: Int) {
    func sum(threads: Int) -> Tensor {
      let parts = parallelMap(count: 5, threads: threads) { shard in
        // Here too the first shards take longest.
        let a = Tensor.random(rows: 90, columns: 4000 >> shard, seed: UInt64(shard))
        return matmul(a, transposed: a)
      }
      return parts.dropFirst().reduce(parts[0], +)
    }
    #expect(sum(threads: threads) == sum(threads: 1))
  }

  @Test("no shards give no results")
  func nothing() {
    #expect(parallelMap(count: 0, threads: 4) { $0 }.isEmpty)
  }

  @Test("no threads trap, where no work would be done")
  func noThreads() async {
    await #expect(processExitsWith: .failure) { _ = parallelMap(count: 3, threads: 0) { $0 } }
  }
}

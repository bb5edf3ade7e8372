import Foundation
import TinyReFT

/// What `bench --json` prints of one shape.
struct BenchReport: Encodable {
  let millisecondsPerStep, tokensPerSecond, gflop, gflops, matmulGflops: Double
  let threads: Int
  let loss: Double
  let peakMemoryMB = peakMemory()

  init(_ benchmark: Benchmark, _ result: Benchmark.Result) {
    millisecondsPerStep = result.median
    tokensPerSecond = Double(benchmark.batch * benchmark.sequence) / result.median * 1000
    gflop = result.operations / 1e9
    (gflops, matmulGflops) = (result.rate, result.matmulRate)
    (threads, loss) = (benchmark.threads, result.loss)
  }

  enum CodingKeys: String, CodingKey {
    case millisecondsPerStep = "milliseconds_per_step"
    case tokensPerSecond = "tokens_per_second"
    case gflop, gflops, threads, loss
    case matmulGflops = "matmul_gflops"
    case peakMemoryMB = "peak_memory_mb"
  }
}

/// A value as one line of JSON.
func jsonLine(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}

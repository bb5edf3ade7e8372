import Foundation
import Testing

@testable import TinyReFT

@Suite("Benchmark (docs/12-vectors.md)")
struct BenchmarkTests {
  private var small: Benchmark {
    var benchmark = Benchmark(
      decoder: DecoderConfiguration(
        vocabularySize: 11, hiddenSize: 8, layerCount: 2, headCount: 2, feedForwardSize: 12,
        contextLength: 6),
      reft: ReFTConfiguration(
        method: "loreft", rank: 2, layers: [0], positions: .ends(prefix: 0, suffix: 1),
        sharing: .side, hiddenSize: 8))
    (benchmark.sequence, benchmark.prompt, benchmark.batch, benchmark.steps) = (6, 4, 3, 3)
    return benchmark
  }

  @Test("steps are timed in order, and the loss does not depend on the threads")
  func run() throws {
    var benchmark = small
    let one = try benchmark.run()
    benchmark.threads = 2
    #expect(try benchmark.run().loss == one.loss)
    #expect(one.milliseconds.count == 3 && one.milliseconds.sorted() == one.milliseconds)
    #expect(one.matmulRate > 0 && one.operations > 0)
  }

  @Test("a product of [3, 5] and [5, 7] is 2 · 3 · 5 · 7 operations")
  func work() async {
    // Other tests multiply at the same time, so that more may be counted, but never less.
    let before = MatrixWork.operations
    _ = matmul(
      Tensor(repeating: 1, rows: 3, columns: 5), Tensor(repeating: 1, rows: 5, columns: 7))
    #expect(MatrixWork.operations - before >= 210)
  }

  @Test("the command prints one JSON object with the promised keys")
  func json() throws {
    let run = try tinyreft(
      "bench --hidden 8 --ffn 12 --heads 2 --vocab 11 --sequence 6 --batch 2 --steps 2 --json")
    #expect(run.exitCode == 0)
    let object = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
    for key in [
      "milliseconds_per_step", "tokens_per_second", "gflops", "matmul_gflops", "peak_memory_mb",
      "threads", "loss",
    ] {
      #expect(object?[key] is NSNumber, "\(key)")
    }
  }

  @Test("savings change what is done, and not what comes out")
  func savings() throws {
    var benchmark = small
    benchmark.decoder.layerCount = 3
    let saved = try benchmark.run()
    benchmark.savings = try #require(Savings("none"))
    #expect(try benchmark.run().loss == saved.loss)
    #expect(Savings("rows,keys") == [.rows, .keys] && Savings("all") == .all)
    #expect(Savings("") == nil && Savings("rows,,keys") == nil && Savings("all,rows") == nil)
  }

  @Test("the suite's shapes and those that grow can be run")
  func studies() throws {
    for shape in Benchmark.suite + Benchmark.growths.flatMap({ $0.points.map(\.benchmark) }) {
      #expect(throws: Never.self) { try shape.reft.check(against: shape.decoder) }
      #expect(shape.prompt * 2 == shape.sequence && shape.sequence <= shape.decoder.contextLength)
    }
    #expect(Benchmark.suite.map(\.decoder.hiddenSize) == [64, 128, 288])
  }

  @Test(
    "studies have sizes of their own",
    arguments: ["--suite --hidden 8", "--products --growth", "--suite --out x.svg"])
  func conflicts(flags: String) throws {
    let run = try tinyreft("bench \(flags)")
    #expect(run.exitCode == 64 && run.errors.contains("leave"), "\(run.errors)")
  }

  @Test(
    "sizes that make no decoder are errors",
    arguments: [
      "--hidden 7 --heads 2", "--heads 3 --kv-heads 2 --hidden 6", "--prompt 65", "--rank 65",
      "--intervened-layers 4", "--hidden 6 --heads 2",
    ])
  func refused(flags: String) throws {
    let run = try tinyreft("bench --steps 1 --batch 1 \(flags)")
    #expect(run.exitCode != 0 && run.errors.hasPrefix("Error: "), "\(run.errors)")
  }
}

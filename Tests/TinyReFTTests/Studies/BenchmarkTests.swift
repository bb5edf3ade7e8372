import Foundation
import Testing

@testable import TinyReFT

@Suite("Benchmark (docs/13-benchmark.md)")
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

  @Test("a product of any size is timed, small ones often")
  func products() {
    var benchmark = small
    for (rows, inner, columns) in [(1, 1, 1), (2, 12, 8), (300, 20, 10)] {
      benchmark.product = (rows, inner, columns)
      let rate = benchmark.matmulRate()
      #expect(rate > 0 && rate.isFinite)
    }
  }

  @Test("prompts and tokens are timed, with the edits and without")
  func generation() throws {
    let cost = try small.generation()
    for time in [cost.basePrompt, cost.adaptedPrompt, cost.baseToken, cost.adaptedToken] {
      #expect(time > 0 && time.isFinite)
    }
    let run = try tinyreft(
      "bench --hidden 8 --ffn 12 --heads 2 --vocab 11 --sequence 6 --generation --json")
    let keys = try JSONDecoder().decode([String: Double].self, from: Data(run.output.utf8)).keys
    #expect(
      Set(keys) == ["base_prompt_ms", "adapted_prompt_ms", "base_token_ms", "adapted_token_ms"])
  }

  /// The operations of one step of a small decoder, counted in a process of its own: the counter is
  /// the program's, and other tests multiply too.
  private func operations(_ flags: String) throws -> Int {
    let run = try tinyreft(
      "bench --hidden 8 --heads 2 --layers 1 --sequence 6 --prompt 3 --batch 2 --rank 1 "
        + "--positions l1 --steps 1 --json \(flags)")
    let report = try JSONDecoder().decode([String: Double].self, from: Data(run.output.utf8))
    let (rate, time) = (report["gflops"] ?? .nan, report["milliseconds_per_step"] ?? .nan)
    return Int((rate * time * 1e6).rounded())
  }

  @Test(
    "by hand: what 12 more columns inside the feed-forward layer cost",
    arguments: [("none", 13_824), ("rows", 6_912), ("all", 0)])
  func workedExample(savings: String, expected: Int) throws {
    // Three matrices, forward and backward, a multiply-add being two: for each of the 2 · 6 tokens
    // 3 · 2 · 2 · (8 · 12) = 1152. The loss reads 2 · 3 of them. Behind the only block stands the
    // lowest edit: what the block makes is kept, and no gradient enters it.
    let wide = try operations("--ffn 24 --savings \(savings)")
    let narrow = try operations("--ffn 12 --savings \(savings)")
    #expect(wide - narrow == expected)
  }

  @Test(.disabled("exercise 13.1: what 10 more tokens in the vocabulary cost"))
  func exercise() throws {
    // Put your count here.
    let expected = 0
    let large = try operations("--vocab 21 --savings none")
    let small = try operations("--vocab 11 --savings none")
    #expect(large - small == expected)
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

  @Test("the suite's shapes can be run")
  func suite() throws {
    for shape in Benchmark.suite {
      #expect(throws: Never.self) { try shape.reft.check(against: shape.decoder) }
      #expect(shape.prompt * 2 == shape.sequence && shape.sequence <= shape.decoder.contextLength)
    }
    #expect(Benchmark.suite.map(\.decoder.hiddenSize) == [64, 128, 288])
  }

  @Test(
    "studies have sizes of their own",
    arguments: [
      "--suite --hidden 8", "--suite --generation", "--suite --product 8,8,8",
      "--generation --steps 3", "--generation --batch 3",
    ])
  func conflicts(flags: String) throws {
    let run = try tinyreft("bench \(flags)")
    #expect(run.exitCode == 64 && run.errors.contains("--"), "\(run.errors)")
  }

  @Test(
    "sizes that make no decoder are errors",
    arguments: [
      "--hidden 7 --heads 2", "--heads 3 --kv-heads 2 --hidden 6", "--prompt 65", "--rank 65",
      "--intervened-layers 4", "--hidden 6 --heads 2", "--sequence 1", "--sequence 1000000",
      "--hidden 1000000 --heads 1", "--vocab 1000000 --hidden 100000 --heads 1",
      "--layers 1000000", "--product 8,8", "--product 0,8,8", "--product 1000000,1000000,1",
    ])
  func refused(flags: String) throws {
    let run = try tinyreft("bench --steps 1 --batch 1 \(flags)")
    #expect(run.exitCode != 0 && run.errors.hasPrefix("Error: "), "\(run.errors)")
  }
}

import Foundation
import TinyReFT

/// `tinyreft bench`: how fast is a training step?
enum BenchCommand: Subcommand {
  static let name = "bench"

  static let summary = "Time training steps on random weights of any size."

  static let discussion = """
    Every step is a whole one: forward, backward, AdamW. The rate counts the operations of matrix \
    products that were really done, and is shown beside the rate of one large matrix product in the \
    same process: the machine's best.
    """

  private static func size(_ name: String, _ fallback: Int, _ help: String) -> Flag<Int> {
    Flag.whole(name, "N", default: fallback, in: 1...1_000_000, help)
  }

  static let hidden = size("hidden", 64, "Width of the hidden states.")
  static let layers = size("layers", 4, "Blocks.")
  static let heads = size("heads", 4, "Attention heads.")
  static let keyValueHeads = Flag.whole(
    "kv-heads", "N", in: 1...1_000_000, "Keys and values that the heads share."
  ).optional("as many as heads")
  static let feedForward = size("ffn", 192, "Width inside the feed-forward layers.")
  static let vocabulary = size("vocab", 259, "Tokens of the vocabulary.")
  static let sequence = size("sequence", 64, "Tokens in a sequence.")
  static let batch = size("batch", 32, "Sequences in a step.")
  static let prompt = Flag.whole(
    "prompt", "N", in: 1...1_000_000, "How many tokens of a sequence are its prompt."
  ).optional("half of them")

  static let method = Flag.choice(
    "method", default: LoReFT.method, of: ReFTConfiguration.methods.map { $0.method },
    "What edits the hidden states.")
  static let rank = size("rank", 4, "Rank of every edit.")
  static let positions = Flag<Positions>(
    "positions", "SPEC", help: "Edited tokens of a prompt, such as f2+l3, l1 or all.",
    default: .ends(prefix: 2, suffix: 2), typed: "f2+l2"
  ) { (text) throws(InvalidValue) in
    guard let positions = Positions(text) else {
      throw InvalidValue(problem: "expected fP+lS, fP, lS or all, such as f2+l3")
    }
    return positions
  }
  static let intervened = Flag<LayerChoice>(
    "intervened-layers", "LIST", help: "Edited blocks: all, or numbers such as 2,3.",
    default: .all, typed: "all", read: LayerChoice.flag.read)

  static let steps = size("steps", 20, "Steps that are timed, after one that is not.")

  static let flagGroups = [
    FlagGroup(
      "Decoder", [hidden, layers, heads, keyValueHeads, feedForward, vocabulary]),
    FlagGroup("Data", [sequence, batch, prompt]),
    FlagGroup("Interventions", [method, rank, positions, intervened]),
    FlagGroup("Run", [steps, SharedFlags.threads, SharedFlags.json]),
  ]

  static let examples = [
    Example("tinyreft bench", "A decoder about as large as the toy base."),
    Example("tinyreft bench --hidden 128 --ffn 384 --threads 1 --json", "For a script."),
  ]

  static func run(_ arguments: Arguments, on console: Console) throws {
    let benchmark = try benchmark(arguments)
    let result = try benchmark.run()
    if try arguments[SharedFlags.json] {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let output = Output(benchmark, result)
      return console.print(String(decoding: try encoder.encode(output), as: UTF8.self))
    }
    let times = result.milliseconds
    console.print(
      "step     \(threeDigits(result.median)) ms (\(threeDigits(times[0])) … "
        + "\(threeDigits(times[times.count - 1]))) on \(benchmark.threads) threads, \(Scalar.self)")
    let tokens = Double(benchmark.batch * benchmark.sequence) / result.median * 1000
    console.print("tokens   \(threeDigits(tokens)) a second")
    console.print("loss     \(threeDigits(result.loss))")
    let share = 100 * result.rate / result.matmulRate
    console.print(
      "rate     \(threeDigits(result.rate)) GFLOP/s, \(threeDigits(share)) % of the "
        + "\(threeDigits(result.matmulRate)) of a large matrix product")
    console.print("memory   \(threeDigits(peakMemory)) MB at most")
  }

  private static func benchmark(_ arguments: Arguments) throws -> Benchmark {
    let (sequence, layers) = (try arguments[sequence], try arguments[layers])
    let (hidden, heads) = (try arguments[hidden], try arguments[heads])
    let groups = try arguments[keyValueHeads] ?? heads
    let prompt = try arguments[prompt] ?? max(1, sequence / 2)
    guard hidden.isMultiple(of: 2 * heads) else {
      throw UsageError.conflict(
        "--hidden \(hidden) is not an even width for each of --heads \(heads).")
    }
    guard heads.isMultiple(of: groups) else {
      throw UsageError.conflict("--heads \(heads) cannot share --kv-heads \(groups) evenly.")
    }
    guard prompt < sequence else {
      throw UsageError.conflict("--prompt \(prompt) leaves nothing of --sequence \(sequence).")
    }
    let decoder = DecoderConfiguration(
      vocabularySize: try arguments[vocabulary], hiddenSize: hidden, layerCount: layers,
      headCount: heads, keyValueHeadCount: groups,
      feedForwardSize: try arguments[feedForward], contextLength: sequence)
    let edited =
      switch try arguments[intervened] {
      case .all: Array(0..<layers)
      case .listed(let listed): listed
      }
    let reft = ReFTConfiguration(
      method: try arguments[method], rank: try arguments[rank], layers: edited,
      positions: try arguments[positions], sharing: .side, hiddenSize: decoder.hiddenSize)
    var benchmark = Benchmark(decoder: decoder, reft: reft)
    (benchmark.sequence, benchmark.prompt) = (sequence, prompt)
    benchmark.batch = try arguments[batch]
    benchmark.steps = try arguments[steps]
    benchmark.threads = try SharedFlags.threadCount(arguments)
    return benchmark
  }

  /// The most memory that this process has had so far, in 10⁶ bytes.
  private static var peakMemory: Double {
    var usage = rusage()
    #if os(Linux)
      let unit = 1024.0
      unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    #else
      let unit = 1.0
      unsafe getrusage(RUSAGE_SELF, &usage)
    #endif
    return Double(usage.ru_maxrss) * unit / 1e6
  }

  /// What `--json` prints.
  private struct Output: Encodable {
    let millisecondsPerStep, tokensPerSecond, gflops, matmulGflops: Double
    let threads: Int
    let loss: Double
    let peakMemoryMB = BenchCommand.peakMemory

    init(_ benchmark: Benchmark, _ result: Benchmark.Result) {
      millisecondsPerStep = result.median
      tokensPerSecond = Double(benchmark.batch * benchmark.sequence) / result.median * 1000
      (gflops, matmulGflops) = (result.rate, result.matmulRate)
      (threads, loss) = (benchmark.threads, result.loss)
    }

    enum CodingKeys: String, CodingKey {
      case millisecondsPerStep = "milliseconds_per_step"
      case tokensPerSecond = "tokens_per_second"
      case gflops, threads, loss
      case matmulGflops = "matmul_gflops"
      case peakMemoryMB = "peak_memory_mb"
    }
  }
}

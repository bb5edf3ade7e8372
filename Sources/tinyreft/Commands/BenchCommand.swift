import Foundation
import TinyReFT

/// `tinyreft bench`: how fast is a training step?
enum BenchCommand: Subcommand {
  static let name = "bench"

  static let summary = "Time training steps on random weights of any size."

  static let discussion = """
    Every step is a whole one: forward, backward, AdamW. The same examples come in each, as they \
    do in epochs, so that what is kept of them is there from the first timed step on. The rate \
    counts the operations of matrix products that were really done, and is shown beside the rate of \
    a large matrix product in the same process: the machine's best.
    """

  private static func size(_ name: String, _ fallback: Int, _ help: String) -> Flag<Int> {
    Flag.whole(name, "N", default: fallback, in: 1...1_000_000, help)
  }

  static let hidden = size("hidden", 64, "Width of the hidden states.")
  static let layers = Flag.whole("layers", "N", default: 4, in: 1...1000, "Blocks.")
  static let heads = size("heads", 4, "Attention heads.")
  static let keyValueHeads = Flag.whole(
    "kv-heads", "N", in: 1...1_000_000, "Keys and values that the heads share."
  ).optional("as many as heads")
  static let feedForward = size("ffn", 192, "Width inside the feed-forward layers.")
  static let vocabulary = size("vocab", 259, "Tokens of the vocabulary.")
  static let sequence = Flag.whole(
    "sequence", "N", default: 64, in: 2...1_000_000, "Tokens in a sequence.")
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

  static let savings = Flag<Savings>(
    "savings", "LIST",
    help: "What is left out because the base is frozen: all, none, or some of rows, backward, "
      + "hidden and keys, separated by commas.", default: .all, typed: "all"
  ) { (text) throws(InvalidValue) in
    guard let savings = Savings(text) else {
      throw InvalidValue(
        problem: "expected all, none, or some of rows, backward, hidden and keys, such as rows,keys"
      )
    }
    return savings
  }

  static let product = Flag<[Int]>(
    "product", "M,K,N", help: "The matrix product to compare with, [M, K] · [K, N].",
    default: [512, 512, 512], typed: "512,512,512"
  ) { (text) throws(InvalidValue) in
    let sizes = try wholeNumbers(text, or: "three ")
    guard sizes.count == 3, sizes.allSatisfy((1...1_000_000).contains) else {
      throw InvalidValue(problem: "expected three sizes from 1 to 1000000, such as 256,384,128")
    }
    return sizes
  }

  static let suite = Flag.toggle(
    "suite", default: false, "Time three shapes instead, small to large.")
  static let generation = Flag.toggle(
    "generation", default: false,
    "Time reading the prompt and writing the rest instead, with the edits and without.")

  static let flagGroups = [
    FlagGroup(
      "Decoder", [hidden, layers, heads, keyValueHeads, feedForward, vocabulary]),
    FlagGroup("Data", [sequence, batch, prompt]),
    FlagGroup("Interventions", [method, rank, positions, intervened]),
    FlagGroup("Run", [steps, savings, product, SharedFlags.threads, SharedFlags.json]),
    FlagGroup("Instead of steps of one shape", [suite, generation]),
  ]

  static let examples = [
    Example("tinyreft bench", "A decoder about as large as the toy base."),
    Example("tinyreft bench --hidden 128 --ffn 384 --threads 1 --json", "For a script."),
    Example("tinyreft bench --suite", "Three sizes of decoder, in a table."),
  ]

  static func run(_ arguments: Arguments, on console: Console) throws {
    if try arguments[suite] { return try runSuite(arguments, on: console) }
    let benchmark = try benchmark(arguments)
    if try arguments[generation] { return try runGeneration(benchmark, arguments, on: console) }
    let result = try benchmark.run()
    let report = BenchReport(benchmark, result)
    if try arguments[SharedFlags.json] { return console.print(try jsonLine(report)) }
    let times = result.milliseconds
    console.print(
      "step     \(threeDigits(result.median)) ms (\(threeDigits(times[0])) … "
        + "\(threeDigits(times[times.count - 1]))) on \(benchmark.threads) threads, \(Scalar.self)")
    console.print("work     \(threeDigits(report.gflop)) GFLOP in matrix products")
    console.print("tokens   \(threeDigits(report.tokensPerSecond)) a second")
    console.print("loss     \(threeDigits(result.loss))")
    let share = 100 * result.rate / result.matmulRate
    console.print(
      "rate     \(threeDigits(result.rate)) GFLOP/s, \(threeDigits(share)) % of the "
        + "\(threeDigits(result.matmulRate)) of a large matrix product")
    console.print("memory   \(threeDigits(report.peakMemoryMB)) MB at most")
  }

  private static func runSuite(_ arguments: Arguments, on console: Console) throws {
    let sizes = flagGroups.prefix(3).flatMap(\.flags).map(\.name)
    try refuse(sizes + [product.name, generation.name], with: suite, arguments)
    var reports: [BenchReport] = []
    for var benchmark in Benchmark.suite {
      benchmark.threads = try SharedFlags.threadCount(arguments)
      benchmark.steps = try arguments[steps]
      benchmark.savings = try arguments[savings]
      reports.append(BenchReport(benchmark, try benchmark.run()))
    }
    if try arguments[SharedFlags.json] { return console.print(try jsonLine(["suite": reports])) }
    console.print("width   ms per step   tokens/s   GFLOP/s   of matmul")
    for (shape, report) in zip(Benchmark.suite, reports) {
      let cells = [
        (String(shape.decoder.hiddenSize), 5), (threeDigits(report.millisecondsPerStep), 14),
        (threeDigits(report.tokensPerSecond), 11), (threeDigits(report.gflops), 10),
        (threeDigits(100 * report.gflops / report.matmulGflops) + " %", 12),
      ]
      console.print(
        cells.map { text, width in
          String(repeating: " ", count: max(0, width - text.count)) + text
        }.joined())
    }
  }

  private static func runGeneration(
    _ benchmark: Benchmark, _ arguments: Arguments, on console: Console
  ) throws {
    try refuse(
      [batch.name, steps.name, savings.name, product.name], with: generation, arguments)
    let cost = try Parallel.$threads.withValue(benchmark.threads) { try benchmark.generation() }
    if try arguments[SharedFlags.json] { return console.print(try jsonLine(cost)) }
    console.print(
      "prompt   \(threeDigits(cost.basePrompt)) ms, with the edits "
        + threeDigits(cost.adaptedPrompt))
    console.print(
      "token    \(threeDigits(cost.baseToken)) ms, with the edits "
        + threeDigits(cost.adaptedToken))
  }

  /// What says something about one shape's steps says nothing here.
  private static func refuse(
    _ names: [String], with study: Flag<Bool>, _ arguments: Arguments
  ) throws {
    guard let unused = names.first(where: { arguments.isGiven($0) }) else { return }
    throw UsageError.conflict("--\(study.name) has no use for --\(unused); leave it out.")
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
    benchmark.savings = try arguments[savings]
    benchmark.threads = try SharedFlags.threadCount(arguments)
    let product = try arguments[product]
    benchmark.product = (product[0], product[1], product[2])
    let (needed, there) = (benchmark.leastBytes, Double(ProcessInfo.processInfo.physicalMemory))
    guard needed < there else {
      throw UsageError.conflict(
        "That takes \(threeDigits(needed / 1e9)) GB or more, and this machine has "
          + "\(threeDigits(there / 1e9)); choose smaller sizes.")
    }
    return benchmark
  }
}

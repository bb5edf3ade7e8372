import Foundation
import TinyReFT

/// `tinyreft bench`: how fast is a training step?
struct BenchCommand: Subcommand {
  static let name = "bench"

  static let summary = "Time training steps on random weights of any size."

  static let discussion = """
    Every step is a whole one: forward, backward, AdamW. The same examples come in each, as they \
    do in epochs, so that what is kept of them is there from the first timed step on. The rate \
    counts the operations of matrix products that were really done, and is shown beside the rate of \
    a large matrix product in the same process: the machine's best.
    """

  var given: Set<String> = []
  var benchmark = Benchmark(hidden: 64, feedForward: 192)
  /// nil for what follows from others: as many as heads, half of a sequence, every block.
  var keyValueHeads, prompt: Int?
  var intervened: [Int]?
  var product = [512, 512, 512]
  var (suite, report, generation, json) = (false, false, false, false)

  init() {
    benchmark.steps = 20
    benchmark.threads = coreCount
  }

  private static func size(
    _ name: String, _ path: WritableKeyPath<Self, Int> & Sendable,
    in range: ClosedRange<Int> = 1...1_000_000, _ help: String
  ) -> Setting<Self> { Setting(name, path, .whole(in: range), help) }

  static let groups: [SettingGroup<Self>] = [
    SettingGroup(
      "Decoder",
      [
        size("hidden", \.benchmark.decoder.hiddenSize, "Width of the hidden states."),
        size("layers", \.benchmark.decoder.layerCount, in: 1...1000, "Blocks."),
        size("heads", \.benchmark.decoder.headCount, "Attention heads."),
        Setting(
          "kv-heads", \.keyValueHeads, .whole(in: 1...1_000_000), absence: "as many as heads",
          "Keys and values that the heads share."),
        size("ffn", \.benchmark.decoder.feedForwardSize, "Width inside the feed-forward layers."),
        size("vocab", \.benchmark.decoder.vocabularySize, "Tokens of the vocabulary."),
      ]),
    SettingGroup(
      "Data",
      [
        size("sequence", \.benchmark.sequence, in: 2...1_000_000, "Tokens in a sequence."),
        size("batch", \.benchmark.batch, "Sequences in a step."),
        Setting(
          "prompt", \.prompt, .whole(in: 1...1_000_000), absence: "half of them",
          "How many tokens of a sequence are its prompt."),
      ]),
    SettingGroup(
      "Interventions",
      [
        Setting(
          "method", \.benchmark.reft.method,
          .choice(of: ReFTConfiguration.methods.map { $0.method }),
          "What edits the hidden states."),
        size("rank", \.benchmark.reft.rank, "Rank of every edit."),
        Setting(
          "positions", \.benchmark.reft.positions, .positions,
          "Edited tokens of a prompt, such as f2+l3, l1 or all."),
        Setting(
          "intervened-layers", \.intervened, .layers,
          "Edited blocks: all, or numbers such as 2,3."),
      ]),
    SettingGroup(
      "Run",
      [
        size("steps", \.benchmark.steps, "Steps that are timed, after one that is not."),
        Setting(
          "savings", \.benchmark.savings, .savings,
          "What is left out because the base is frozen: all, none, or some of rows, backward, "
            + "hidden and keys, separated by commas."),
        Setting(
          "product", \.product, .sizes,
          "The matrix product to compare with, [M, K] · [K, N]."),
        .threads(\.benchmark.threads), .json(\.json),
      ]),
    SettingGroup(
      "Instead of steps of one shape",
      [
        Setting(switch: "suite", \.suite, "Time three shapes instead, small to large."),
        Setting(
          switch: "report", \.report,
          "The suite, below what this machine is and whether its arithmetic is right: what to send with "
            + "a report about speed."),
        Setting(
          switch: "generation", \.generation,
          "Time reading the prompt and writing the rest instead, with the edits and without."),
      ]),
  ]

  static let examples = [
    Example("tinyreft bench", "A decoder about as large as the toy base."),
    Example("tinyreft bench --hidden 128 --ffn 384 --threads 1 --json", "For a script."),
    Example("tinyreft bench --suite", "Three sizes of decoder, in a table."),
    Example("tinyreft bench --report", "To tell others how fast another machine is."),
  ]

  func run(on console: Console) throws {
    if suite || report { return try runSuite(on: console) }
    let benchmark = try configured()
    let table =
      generation
      ? try generationTable(benchmark) : Benchmark.table([try benchmark.run()])
    try console.print(table, asJSON: json)
  }

  private func runSuite(on console: Console) throws {
    let sizes = Self.groups.prefix(3).flatMap(\.settings).map(\.name)
    try refuse(sizes + ["product", "generation"], with: report ? "report" : "suite")
    if report {
      try refuse(["suite", "json"], with: "report")
      console.print(Machine.report + "\n")
    }
    let table = Benchmark.table(
      try Benchmark.suite.map { shape in
        var shape = shape
        shape.threads = benchmark.threads
        (shape.steps, shape.savings) = (benchmark.steps, benchmark.savings)
        return try shape.run()
      })
    try console.print(table, named: "suite", asJSON: json)
  }

  private func generationTable(_ benchmark: Benchmark) throws -> Table {
    try refuse(["batch", "steps", "savings", "product"], with: "generation")
    return try Parallel.$threads.withValue(benchmark.threads) { try benchmark.generation() }.table
  }

  /// What says something about one shape's steps says nothing here.
  private func refuse(_ names: [String], with study: String) throws {
    guard let unused = names.first(where: given.contains) else { return }
    throw UsageError("--\(study) has no use for --\(unused); leave it out.")
  }

  /// The benchmark with all that follows from what was typed.
  private func configured() throws -> Benchmark {
    var result = benchmark
    let (hidden, heads) = (benchmark.decoder.hiddenSize, benchmark.decoder.headCount)
    let groups = keyValueHeads ?? heads
    guard hidden.isMultiple(of: 2 * heads) else {
      throw UsageError("--hidden \(hidden) is not an even width for each of --heads \(heads).")
    }
    guard heads.isMultiple(of: groups) else {
      throw UsageError("--heads \(heads) cannot share --kv-heads \(groups) evenly.")
    }
    result.prompt = prompt ?? max(1, benchmark.sequence / 2)
    guard result.prompt < benchmark.sequence else {
      throw UsageError(
        "--prompt \(result.prompt) leaves nothing of --sequence \(benchmark.sequence).")
    }
    (result.decoder.keyValueHeadCount, result.decoder.headWidth) = (groups, hidden / heads)
    result.decoder.contextLength = benchmark.sequence
    result.reft.layers = intervened ?? Array(0..<benchmark.decoder.layerCount)
    result.reft.hiddenSize = hidden
    result.product = (product[0], product[1], product[2])
    let (needed, there) = (result.leastBytes, Double(ProcessInfo.processInfo.physicalMemory))
    guard needed < there else {
      throw UsageError(
        "That takes \(threeDigits(needed / 1e9)) GB or more, and this machine has "
          + "\(threeDigits(there / 1e9)); choose smaller sizes.")
    }
    return result
  }
}

extension Kind<Savings> {
  fileprivate static var savings: Kind {
    Kind(
      placeholder: "LIST",
      expected: "all, none, or some of rows, backward, hidden and keys, such as rows,keys",
      read: { Savings($0) }, write: { $0 == .all ? "all" : "some" })
  }
}

extension Kind<[Int]> {
  fileprivate static var sizes: Kind {
    Kind(
      placeholder: "M,K,N", expected: "three sizes from 1 to 1000000, such as 256,384,128"
    ) { text in
      wholes.read(text).flatMap {
        $0.count == 3 && $0.allSatisfy((1...1_000_000).contains) ? $0 : nil
      }
    } write: {
      wholes.write($0)
    }
  }
}

import Foundation
import TinyReFT

/// What `bench` does instead of timing one shape: several, and prints a table.
enum BenchStudies {
  static let suite = Flag.toggle(
    "suite", default: false, "Time three shapes instead, small to large.")
  static let products = Flag.toggle(
    "products", default: false, "Time single matrix products on one thread instead.")
  static let growth = Flag.toggle(
    "growth", default: false, "Time steps of growing sequence, width and batch instead.")
  static let generation = Flag.toggle(
    "generation", default: false, "Time prompts and generated tokens, with edits and without.")
  static let overhead = Flag.toggle(
    "overhead", default: false, "Time prompts with edits of growing rank, layers and positions.")
  static let out = Flag.path(
    "out", "FILE", "Where --growth draws its figure, as SVG."
  ).optional("none")

  static let group = FlagGroup(
    "Instead of one shape", [suite, products, growth, generation, overhead, out])

  /// Runs the study that was asked for, if one was.
  static func run(_ arguments: Arguments, on console: Console) throws -> Bool {
    let asked = try [suite, products, growth, generation, overhead].filter { try arguments[$0] }
    guard let study = asked.first else {
      guard try arguments[out] == nil else {
        throw UsageError.conflict("--out is for the figure of --growth.")
      }
      return false
    }
    let unused = (asked.dropFirst().map(\.name) + notFlags(of: study)).first {
      arguments.isGiven($0)
    }
    if let unused {
      throw UsageError.conflict("--\(study.name) has no use for --\(unused); leave it out.")
    }
    let (json, threads) = (try arguments[SharedFlags.json], try SharedFlags.threadCount(arguments))
    switch study.name {
    case suite.name: try runSuite(arguments, json, threads, console)
    case products.name: try runProducts(json, console)
    case generation.name: try runGeneration(json, console)
    case overhead.name: try runOverhead(json, console)
    default: try runGrowth(try arguments[out], json, threads, console)
    }
    return true
  }

  /// Sizes are the study's own, and some have fixed more.
  private static func notFlags(of study: Flag<Bool>) -> [String] {
    let sizes = BenchCommand.flagGroups.prefix(3).flatMap(\.flags).map(\.name)
    let run = [BenchCommand.steps.name, BenchCommand.savings.name]
    return switch study.name {
    case suite.name: sizes + [out.name]
    case growth.name: sizes + run
    default: sizes + run + [SharedFlags.threads.name, out.name]
    }
  }

  private static func runSuite(
    _ arguments: Arguments, _ json: Bool, _ threads: Int, _ console: Console
  ) throws {
    var reports: [BenchReport] = []
    for var benchmark in Benchmark.suite {
      (benchmark.threads, benchmark.steps) = (threads, try arguments[BenchCommand.steps])
      benchmark.savings = try arguments[BenchCommand.savings]
      reports.append(BenchReport(benchmark, try benchmark.run()))
    }
    if json { return console.print(try jsonLine(["suite": reports])) }
    console.print("width   ms per step   tokens/s   GFLOP/s   of matmul")
    for (shape, report) in zip(Benchmark.suite, reports) {
      console.print(
        columns([
          (String(shape.decoder.hiddenSize), 5), (threeDigits(report.millisecondsPerStep), 14),
          (threeDigits(report.tokensPerSecond), 11), (threeDigits(report.gflops), 10),
          (threeDigits(100 * report.gflops / report.matmulGflops) + " %", 12),
        ]))
    }
  }

  private static func runProducts(_ json: Bool, _ console: Console) throws {
    struct Products: Encodable {
      let threads = 1
      let products: [ProductRate]
    }
    let rates = ProductRate.measure()
    if json { return console.print(try jsonLine(Products(products: rates))) }
    console.print("product                   rows · inner · columns   GFLOP/s")
    for rate in rates {
      let size = "\(rate.rows) · \(rate.inner) · \(rate.columns)"
      console.print(
        rate.name.padding(toLength: 24, withPad: " ", startingAt: 0)
          + columns([(size, 24), (threeDigits(rate.gflops), 10)]))
    }
  }

  private static func runGeneration(_ json: Bool, _ console: Console) throws {
    let costs = GenerationCost.measure()
    if json { return console.print(try jsonLine(["generation": costs])) }
    console.print("              ms for the prompt      ms for a token after it")
    console.print("width  prompt    base    adapted         base    adapted")
    for cost in costs {
      console.print(
        columns([
          (String(cost.hidden), 5), (String(cost.prompt), 8), (threeDigits(cost.basePrompt), 8),
          (threeDigits(cost.adaptedPrompt), 11), (threeDigits(cost.baseToken), 13),
          (threeDigits(cost.adaptedToken), 11),
        ]))
    }
  }

  private static func runOverhead(_ json: Bool, _ console: Console) throws {
    let costs = GenerationCost.overhead(.overhead)
    if json { return console.print(try jsonLine(["overhead": costs])) }
    console.print("                          ms for the prompt    ms for a token after it")
    console.print("layers  positions  rank    base      edits        base    adapted")
    for cost in costs {
      console.print(
        columns([
          (String(cost.layers), 6), (String(cost.positions), 11), (String(cost.rank), 6),
          (threeDigits(cost.basePrompt), 8),
          ("+" + threeDigits(max(0, cost.adaptedPrompt - cost.basePrompt)), 11),
          (threeDigits(cost.baseToken), 12), (threeDigits(cost.adaptedToken), 11),
        ]))
    }
  }

  private static func runGrowth(
    _ path: String?, _ json: Bool, _ threads: Int, _ console: Console
  ) throws {
    struct Point: Encodable {
      let axis: String
      let size: Int
      let milliseconds, gflop, gflops: Double
    }
    var points: [Point] = []
    if let path {
      let folder = URL(filePath: path).deletingLastPathComponent()
      guard FileManager.default.isWritableFile(atPath: folder.path()) else {
        throw UsageError.conflict("--out \(path): there is no folder \(folder.path()) to write to.")
      }
    }
    if !json { console.print("            size   ms per step   GFLOP per step   GFLOP/s") }
    for growth in Benchmark.growths {
      for (size, shape) in growth.points {
        var benchmark = shape
        (benchmark.threads, benchmark.steps) = (threads, 7)
        let result = try benchmark.run()
        points.append(
          Point(
            axis: growth.name, size: size, milliseconds: result.median,
            gflop: result.operations / 1e9, gflops: result.rate))
        guard !json else { continue }
        console.print(
          growth.name.padding(toLength: 8, withPad: " ", startingAt: 0)
            + columns([
              (String(size), 8), (threeDigits(result.median), 14),
              (threeDigits(result.operations / 1e9), 17), (threeDigits(result.rate), 10),
            ]))
      }
    }
    if json { console.print(try jsonLine(["growth": points])) }
    guard let path else { return }
    let colors: [Drawing.Color] = [.blue, .orange, .green]
    let series = zip(Benchmark.growths, colors).map { growth, color in
      Chart.Series(
        growth.name, color: color,
        points: points.filter { $0.axis == growth.name }.map { (x: $0.gflop, y: $0.milliseconds) })
    }
    let chart = Chart(
      title: "A step takes as long as its work", xLabel: "10⁹ operations in a step",
      yLabel: "milliseconds", series: series)
    try chart.drawing.write(to: URL(filePath: path))
    if !json { console.print("Wrote \(path)") }
  }

  /// Cells flush right, each so wide.
  private static func columns(_ cells: [(text: String, width: Int)]) -> String {
    cells.map { text, width in
      String(repeating: " ", count: max(0, width - text.count)) + text
    }.joined()
  }
}

/// What `--json` prints of one shape.
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

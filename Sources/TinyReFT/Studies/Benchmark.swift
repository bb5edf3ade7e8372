import Foundation

/// How fast a training step is: random weights and random tokens in the sizes that one asks for.
///
/// What a step costs does not depend on what the numbers are, so nothing has to be loaded. The work
/// is counted where it is done, in the matrix products: what a saving leaves out is not counted.
///
///     units      times in milliseconds, rates in 10⁹ floating-point operations a second (a
///                multiply-add is two), memory in 10⁶ bytes
public struct Benchmark: Sendable {
  public var decoder: DecoderConfiguration
  public var reft: ReFTConfiguration
  /// Tokens of every sequence, and how many of them are the prompt.
  public var (sequence, prompt) = (64, 32)
  /// Sequences in a step.
  public var batch = 32
  public var (steps, threads, seed) = (10, 1, UInt64(1))
  public var savings = Savings.all
  /// The product whose rate stands beside the steps': [rows, inner] · [inner, columns].
  public var product = (rows: 512, inner: 512, columns: 512)

  public init(decoder: DecoderConfiguration, reft: ReFTConfiguration) {
    (self.decoder, self.reft) = (decoder, reft)
  }

  /// What a run takes at least: weights, packed again, what one shard makes in one block, and the
  /// product beside it.
  public var leastBytes: Double {
    let (d, f, c) = (Double(decoder.hiddenSize), Double(decoder.feedForwardSize), decoder)
    let block = 4 * d * d + 3 * d * f
    let weights = Double(c.layerCount) * block + Double(c.vocabularySize) * d
    let rows = Double((batch + 7) / 8 * sequence)
    let scores = rows * Double(sequence * c.headCount)
    let logits = rows * Double(c.vocabularySize) * Double(sequence - prompt) / Double(sequence)
    let (m, k, n) = (Double(product.rows), Double(product.inner), Double(product.columns))
    return Double(MemoryLayout<Scalar>.stride)
      * (2 * weights + rows * (8 * d + 3 * f) + scores + logits + m * k + k * n
        + Double(threads) * m * n)
  }

  public struct Result: Sendable {
    public let benchmark: Benchmark
    /// Of every step, in ascending order.
    public let milliseconds: [Double]
    /// Floating-point operations of one step.
    public let operations: Double
    /// Of the last step, in nats per target token.
    public let loss: Double
    /// The best rate of `product` on as many threads, in 10⁹ operations a second.
    let matmulRate: Double
    /// Of the process, until now.
    public let peakMemoryMB = peakMemory()

    var median: Double { milliseconds[milliseconds.count / 2] }
    public var rate: Double { operations / median / 1e6 }
    var tokensPerSecond: Double {
      Double(benchmark.batch * benchmark.sequence) / median * 1000
    }
  }

  public static func table(_ results: [Result]) -> Table {
    Table(
      results,
      [
        .init("width", \.benchmark.decoder.hiddenSize),
        .init("milliseconds_per_step", as: "ms per step", \.median),
        .init(shown: "least to most") {
          "\(threeDigits($0.milliseconds[0])) to \(threeDigits($0.milliseconds.last ?? 0))"
        },
        .init("tokens_per_second", as: "tokens/s", \.tokensPerSecond),
        .init("gflop", as: "GFLOP") { $0.operations / 1e9 },
        .init("gflops", as: "GFLOP/s", \.rate), .init(json: "matmul_gflops", \.matmulRate),
        .init(shown: "of matmul") { "\(threeDigits(100 * $0.rate / $0.matmulRate)) %" },
        .init("loss", \.loss), .init(json: "threads", \.benchmark.threads),
        .init("peak_memory_mb", as: "MB", \.peakMemoryMB),
      ])
  }

  /// Throws when the method cannot be made for the decoder.
  public func run() throws -> Result { try run(reft.check(against: decoder)) }

  private func run<Phi: InterventionFunction>(_ phi: Phi.Type) throws -> Result {
    var stream = RandomStream(seed: seed)
    let examples = (0..<batch).map { _ in
      TokenSequence(
        tokens: (0..<sequence).map { _ in
          Int.random(in: 0..<decoder.vocabularySize, using: &stream)
        }, promptLength: prompt)
    }
    var options = TrainingOptions()
    (options.batchSize, options.threads, options.learningRate) = (batch, threads, 1e-3)
    options.savings = savings
    let model = AdaptedDecoder(
      Decoder(decoder, seed: seed), ReFT<Phi>(reft, start: .random, seed: seed))
    var trainer = Trainer(
      model, training: model.adaptationOnly, options: options, totalSteps: 10 * steps)
    var loss = try trainer.step(on: examples).loss
    let rate = matmulRate()
    var times: [Double] = []
    let before = MatrixWork.operations
    for _ in 0..<steps {
      let start = ContinuousClock.now
      loss = try trainer.step(on: examples).loss
      times.append((ContinuousClock.now - start) / .milliseconds(1))
    }
    return Result(
      benchmark: self, milliseconds: times.sorted(),
      operations: Double(MatrixWork.operations - before) / Double(steps), loss: loss,
      matmulRate: rate)
  }

  /// Every thread multiplies matrices of its own, for a millisecond or more at a time and a tenth of a
  /// second in all: what else runs on the machine only makes it slower.
  func matmulRate() -> Double {
    let (a, b) = (
      Tensor(repeating: 1, rows: product.rows, columns: product.inner),
      Tensor(repeating: 1, rows: product.inner, columns: product.columns)
    )
    let operations = 2 * Double(product.rows) * Double(product.inner) * Double(product.columns)
    let calls = min(max(1, Int(1e8 / operations)), 10_000)
    let end = ContinuousClock.now + .milliseconds(100)
    var best = Duration.seconds(1_000_000)
    repeat {
      let start = ContinuousClock.now
      _ = parallelMap(count: threads, threads: threads) { _ in
        (0..<calls).reduce(0) { sum, _ in sum + matmul(a, b).count }
      }
      best = min(best, ContinuousClock.now - start)
    } while ContinuousClock.now < end
    return Double(threads) * Double(calls) * operations / (best / .nanoseconds(1))
  }
}

extension Benchmark {
  /// LoReFT of rank 4 at f2+l2 after every block, half of each sequence being its prompt.
  public init(
    hidden: Int, layers: Int = 4, heads: Int = 4, feedForward: Int, vocabulary: Int = 259,
    sequence: Int = 64, batch: Int = 32
  ) {
    let decoder = DecoderConfiguration(
      vocabularySize: vocabulary, hiddenSize: hidden, layerCount: layers, headCount: heads,
      feedForwardSize: feedForward, contextLength: sequence)
    let reft = ReFTConfiguration(
      method: LoReFT.method, rank: 4, layers: Array(0..<layers),
      positions: .ends(prefix: 2, suffix: 2), sharing: .side, hiddenSize: hidden)
    self.init(decoder: decoder, reft: reft)
    (self.sequence, self.batch, prompt) = (sequence, batch, sequence / 2)
  }

  /// The shapes of `bench --suite`, by the width of their hidden states.
  public static let suite = [
    Benchmark(hidden: 64, feedForward: 192),
    Benchmark(hidden: 128, feedForward: 384),
    Benchmark(
      hidden: 288, layers: 6, heads: 6, feedForward: 768, vocabulary: 32_000, sequence: 128,
      batch: 8),
  ]
}

extension Savings {
  private static let names: [String: Savings] = [
    "rows": .rows, "backward": .backward, "hidden": .hidden, "keys": .keys,
  ]

  /// `all`, `none`, or names separated by commas; nil for anything else.
  public init?(_ text: String) {
    self = text == "all" ? .all : []
    guard text != "all", text != "none" else { return }
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let saving = Self.names[String(part)] else { return nil }
      formUnion(saving)
    }
  }
}

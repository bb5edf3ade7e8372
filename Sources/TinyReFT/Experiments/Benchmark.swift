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

  public init(decoder: DecoderConfiguration, reft: ReFTConfiguration) {
    (self.decoder, self.reft) = (decoder, reft)
  }

  /// What a run takes at least: weights, packed again, and what one shard makes in one block.
  public var leastBytes: Double {
    let (d, f, c) = (Double(decoder.hiddenSize), Double(decoder.feedForwardSize), decoder)
    let block = 4 * d * d + 3 * d * f
    let weights = Double(c.layerCount) * block + Double(c.vocabularySize) * d
    let rows = Double((batch + 7) / 8 * sequence)
    let scores = rows * Double(sequence * c.headCount)
    let logits = rows * Double(c.vocabularySize) * Double(sequence - prompt) / Double(sequence)
    return Double(MemoryLayout<Scalar>.stride)
      * (2 * weights + rows * (8 * d + 3 * f) + scores + logits)
  }

  public struct Result: Sendable {
    /// Of every step, in ascending order.
    public let milliseconds: [Double]
    /// Floating-point operations of one step.
    public let operations: Double
    /// Of the last step, in nats per target token.
    public let loss: Double
    /// The best rate of a large matrix product on as many threads, in 10⁹ operations a second.
    public let matmulRate: Double

    public var median: Double { milliseconds[milliseconds.count / 2] }
    public var rate: Double { operations / median / 1e6 }
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
    let rate = Self.matmulRate(threads: threads)
    var times: [Double] = []
    let before = MatrixWork.operations
    for _ in 0..<steps {
      let start = ContinuousClock.now
      loss = try trainer.step(on: examples).loss
      times.append((ContinuousClock.now - start) / .milliseconds(1))
    }
    return Result(
      milliseconds: times.sorted(),
      operations: Double(MatrixWork.operations - before) / Double(steps), loss: loss,
      matmulRate: rate)
  }

  /// Every thread multiplies matrices of its own, large enough that nothing but arithmetic counts.
  static func matmulRate(threads: Int, size: Int = 512, rounds: Int = 10) -> Double {
    let a = Tensor(repeating: 1, rows: size, columns: size)
    var best = Duration.seconds(1_000_000)
    for _ in 0..<rounds {
      let start = ContinuousClock.now
      _ = parallelMap(count: threads, threads: threads) { _ in matmul(a, a).count }
      best = min(best, ContinuousClock.now - start)
    }
    return 2 * Double(threads) * Double(size * size * size) / (best / .nanoseconds(1))
  }
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

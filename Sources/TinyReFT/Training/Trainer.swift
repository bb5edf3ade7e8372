/// How a run goes about it: what the flags of `train` say.
public struct TrainingOptions: Sendable, Equatable {
  public var epochs = 12
  /// Examples in a batch.
  public var batchSize = 32
  public var learningRate = 1e-2
  public var schedule = Schedule.linear
  /// The share of the steps in which the learning rate rises.
  public var warmup = 0.1
  public var weightDecay = 0.0
  /// The largest norm that a gradient may have; longer ones are shortened to it. 0 leaves all.
  public var clip = 1.0
  public var shuffle = true
  public var seed: UInt64 = 1
  public var threads = 1
  /// What is left out because the base is frozen; without effect where it learns.
  public var savings = Savings.all
  /// How many bytes may be kept of the examples.
  public var keptBytes = FrozenBase.defaultLimit

  public init() {}
}

/// Why training had to stop.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// The loss or the gradient became NaN or infinite. The model is the last for which they were not.
  case notFinite(step: Int, loss: Double, gradientNorm: Double)
  /// An update left the range of float32, in which parameters are kept. The model is as before it.
  case outOfRange(step: Int)

  public var description: String {
    switch self {
    case .notFinite(let step, let loss, let norm):
      "the loss (\(loss)) or the norm of its gradient (\(norm)) is not finite at step \(step); "
        + "use a smaller --learning-rate or --clip"
    case .outOfRange(let step):
      "the update is not finite at step \(step); use a smaller --learning-rate or --clip"
    }
  }
}

/// Takes a model down its gradient, step by step.
///
///     step       g = ∂loss/∂p;  g ← g · min(1, clip / ‖g‖);  AdamW at the scheduled learning rate
///
///     paper      Wu et al. 2024, arXiv:2404.03592v3, appendix D.1; clipping: Pascanu et al. 2013,
///                arXiv:1211.5063v2, algorithm 1
///     differs    the paper does not mention clipping; the code that it trains with clips at 1, and
///                divides by ‖g‖ + 1e-6
public struct Trainer<A: Adaptation>: Sendable {
  /// As it is after the last step.
  public var model: AdaptedDecoder<A> {
    var model = trained
    model.decoder.pack(false)
    return model
  }

  public let options: TrainingOptions
  /// How many steps the schedule is made for.
  public let totalSteps: Int
  /// How many have been taken.
  public internal(set) var step = 0

  /// The model, its base packed if it is frozen.
  var trained: AdaptedDecoder<A>
  let zero: AdaptedDecoder<A>
  var optimizer: AdamW
  private var base: FrozenBase
  /// The last model whose loss and gradient were seen to be finite.
  var lastGood: AdaptedDecoder<A>

  /// Trains what `zero` has room for: `model.adaptationOnly`, or `model.zeroed` for everything.
  /// Traps unless batches have at least one example.
  public init(
    _ model: AdaptedDecoder<A>, training zero: AdaptedDecoder<A>, options: TrainingOptions,
    totalSteps: Int
  ) {
    precondition(options.batchSize >= 1, "Trainer: batches of \(options.batchSize) examples")
    (trained, self.zero, self.options, self.totalSteps) = (model, zero, options, totalSteps)
    optimizer = AdamW(weightDecay: options.weightDecay)
    // A base that learns is another at every step.
    let isFrozen = !zero.learnsBase
    trained.decoder.pack(isFrozen)
    base = FrozenBase(isFrozen ? options.savings : [], limit: options.keptBytes)
    lastGood = trained
  }

  /// What one step was like.
  public struct Report: Sendable {
    /// Counts from 1.
    public let step: Int
    /// In nats per target token, before the update.
    public let loss: Double
    /// Before clipping.
    public let gradientNorm: Double
    public let learningRate: Double
    /// Tokens in the batch, prompts and completions.
    public let tokens: Int
  }

  /// One update. When loss or gradient are not finite it throws, and the model is again the last for
  /// which they were: the update that led here is taken back. So is one that leaves float32's range.
  public mutating func step(on examples: [TokenSequence]) throws(TrainingError) -> Report {
    let (loss, norm, computed) = try judgedGradient(on: examples, atStep: step + 1)
    lastGood = trained
    var (gradient, given) = (computed, norm)
    if options.clip > 0, norm > options.clip {
      gradient.scale(by: Scalar(options.clip / norm))
      given = options.clip
    }
    // Adam squares it. An infinite square would divide every later update to nothing, unseen.
    guard Scalar(given * given).isFinite else { throw .outOfRange(step: step + 1) }
    let rate =
      options.learningRate
      * options.schedule.factor(step: step, of: totalSteps, warmup: options.warmup)
    optimizer.update(&trained, by: gradient, learningRate: rate)
    guard staysInRange(gradient) else {
      trained = lastGood
      throw .outOfRange(step: step + 1)
    }
    step += 1
    return Report(
      step: step, loss: loss, gradientNorm: norm, learningRate: rate,
      tokens: examples.reduce(0) { $0 + $1.tokens.count })
  }

  /// Loss and gradient of the model as it is. Should they not be finite, the update that led here is
  /// taken back.
  private mutating func judgedGradient(
    on examples: [TokenSequence], atStep number: Int
  ) throws(TrainingError) -> (loss: Double, norm: Double, gradient: AdaptedDecoder<A>) {
    base.keep(examples, of: trained, threads: options.threads)
    let (loss, gradient) = trained.lossAndGradient(
      of: examples, zero: zero, threads: options.threads,
      dropoutSeed: RandomStream.seed(options.seed, 0x6D61_736B, step), base: base)  // "mask"
    let norm = gradient.norm
    guard loss.isFinite, norm.isFinite else {
      trained = lastGood
      throw .notFinite(step: number, loss: loss, gradientNorm: norm)
    }
    return (loss, norm, gradient)
  }

  /// Judges the last update, which no step comes after, as every other is judged: by what it led to.
  public mutating func judgeLastUpdate(on examples: [TokenSequence]) throws(TrainingError) {
    _ = try judgedGradient(on: examples, atStep: step)
  }

  /// Whether every parameter that has a gradient is a number that a float32 can be.
  private func staysInRange(_ gradient: AdaptedDecoder<A>) -> Bool {
    zip(trained.parameters, gradient.parameters).allSatisfy { parameter, gradient in
      gradient.tensor.isEmpty
        || parameter.tensor.largestMagnitude <= Scalar(Float.greatestFiniteMagnitude)
    }
  }

  /// Every example once for each epoch, in an order that only the seed and the epoch decide. A trainer
  /// that has taken steps goes on behind them.
  ///
  /// `onStep` sees each step and the trainer after it, and ends the run early by returning false.
  /// Throws a `TrainingError`, or what `onStep` throws.
  public mutating func train(
    on examples: [TokenSequence], onStep: (Report, Trainer) throws -> Bool
  ) throws {
    let batches = Self.batches(of: examples.count, options)
    var order: [Int] = []
    var last = Array(examples.prefix(options.batchSize))
    while step < options.epochs * batches {
      let (epoch, batch) = step.quotientAndRemainder(dividingBy: batches)
      if batch == 0 || order.isEmpty { order = self.order(of: examples.count, epoch: epoch) }
      let start = batch * options.batchSize
      last = order[start..<min(start + options.batchSize, order.count)].map { examples[$0] }
      let report = try step(on: last)
      guard try onStep(report, self) else { break }
    }
    try judgeLastUpdate(on: last)
  }

  private func order(of count: Int, epoch: Int) -> [Int] {
    guard options.shuffle else { return Array(0..<count) }
    var stream = RandomStream(seed: options.seed, epoch)
    return (0..<count).shuffled(using: &stream)
  }

  private static func batches(of count: Int, _ options: TrainingOptions) -> Int {
    let (full, rest) = count.quotientAndRemainder(dividingBy: options.batchSize)
    return full + (rest > 0 ? 1 : 0)
  }

  /// How many steps `train` takes for this many examples.
  public static func steps(examples: Int, options: TrainingOptions) -> Int {
    options.epochs * batches(of: examples, options)
  }
}

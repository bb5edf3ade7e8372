/// Takes a model down its gradient, step by step.
///
///     step       g = ∂loss/∂φ;  g ← g · min(1, clip / ‖g‖), if clip > 0;  AdamW at the scheduled rate
///
///     How the parts meet, for a LoReFT of rank 4 at the last token after every block of a `base`:
///
///         let reft = ReFT<LoReFT>(
///           rank: 4, width: d, layers: Array(0..<L), positions: .ends(prefix: 0, suffix: 1),
///           sharing: .layer, seed: 1)
///         let model = AdaptedDecoder(base, reft)
///         var trainer = Trainer(
///           model, training: model.adaptationOnly, options: TrainingOptions(), totalSteps: 100)
///         let loss = try trainer.step(on: examples).loss
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
  /// What a frozen base makes unnecessary; nil where it learns.
  private var base: FrozenBase?
  /// The last model whose loss and gradient were seen to be finite.
  var lastGood: AdaptedDecoder<A>

  /// Trains what `zero` has room for: `model.adaptationOnly`, a gradient in which the decoder is `frozen`
  /// and the rest `zeroed`, or `model.zeroed` for everything. Traps unless batches have at least one example.
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
    base = isFrozen ? FrozenBase(options.savings, limit: options.keptBytes) : nil
    lastGood = trained
  }

  /// What one step was like.
  public struct Report: Sendable {
    /// Counts from 1.
    public let step: Int
    /// In nats per target token, before the update.
    public let loss: Double
    /// Before clipping.
    let gradientNorm: Double
    let learningRate: Double
    /// Tokens in the batch, prompts and completions.
    let tokens: Int
  }

  /// One update. That it was a bad one shows at the next step, in a loss or a gradient that is not finite:
  /// then this throws, and the model is what it was before the bad one. It throws, too, when an update leaves
  /// the range of float32, and takes that one back.
  public mutating func step(on examples: [TokenSequence]) throws(TrainingError) -> Report {
    let (loss, norm, computed) = try checkedGradient(on: examples, atStep: step + 1)
    lastGood = trained
    var (gradient, clippedNorm) = (computed, norm)
    if options.clip > 0, norm > options.clip {
      gradient.scale(by: Scalar(options.clip / norm))
      clippedNorm = options.clip
    }
    // Adam squares it. An infinite square would divide every later update to nothing, unseen.
    guard Scalar(clippedNorm * clippedNorm).isFinite else { throw .outOfRange(step: step + 1) }
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

  /// Loss and gradient of the model as it is. That they are finite shows that the update before was good.
  private mutating func checkedGradient(
    on examples: [TokenSequence], atStep number: Int
  ) throws(TrainingError) -> (loss: Double, norm: Double, gradient: AdaptedDecoder<A>) {
    let (model, threads) = (trained, options.threads)
    base?.keep(examples, of: model, threads: threads)
    let (loss, gradient) = model.lossAndGradient(
      of: examples, zero: zero, threads: threads,
      dropoutSeed: RandomStream.seed(options.seed, 0x6D61_736B, step), base: base)  // "mask"
    let norm = gradient.norm
    guard loss.isFinite, norm.isFinite else {
      trained = lastGood
      throw .notFinite(step: number, loss: loss, gradientNorm: norm)
    }
    return (loss, norm, gradient)
  }

  /// Checks the last update of a run, since no further step will.
  mutating func checkLastUpdate(on examples: [TokenSequence]) throws(TrainingError) {
    _ = try checkedGradient(on: examples, atStep: step)
  }

  /// Whether every parameter that has a gradient is a number that a float32 can be.
  private func staysInRange(_ gradient: AdaptedDecoder<A>) -> Bool {
    zip(trained.parameters, gradient.parameters).allSatisfy { parameter, gradient in
      gradient.tensor.isEmpty
        || parameter.tensor.largestMagnitude <= Scalar(Float.greatestFiniteMagnitude)
    }
  }
}

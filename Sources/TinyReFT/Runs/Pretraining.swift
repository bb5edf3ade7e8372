import Foundation

/// Makes the toy base from nothing: a small decoder reads lines of the toy world's text, and every
/// weight learns to predict the next byte.
///
/// A line is a sequence of its own, `<s>` line `</s>`, and every token after `<s>` is a target. No
/// line is kept: the world's generator makes new ones at each step.
///
///     paper      none: ReFT starts from a pretrained model, and this one is ours
public struct Pretraining: Sendable {
  public let seed: UInt64
  public let steps: Int
  public let threads: Int
  public let configuration: DecoderConfiguration

  /// Lines in a batch.
  static let batchSize = 64
  public static let defaultSteps = 15_000

  /// Traps unless the width can be halved into two heads of even width.
  public init(
    seed: UInt64, steps: Int = defaultSteps, threads: Int, hiddenSize: Int = defaultHiddenSize
  ) {
    precondition(hiddenSize > 0 && hiddenSize % 4 == 0, "Pretraining: hidden size \(hiddenSize)")
    (self.seed, self.steps, self.threads) = (seed, steps, threads)
    configuration = Self.configuration(hiddenSize: hiddenSize)
  }

  public static let defaultHiddenSize = 64

  /// The decoder's sizes: as small as the toy world allows, where nothing else is said.
  public static func configuration(
    hiddenSize: Int = defaultHiddenSize
  ) -> DecoderConfiguration {
    DecoderConfiguration(
      vocabularySize: Tokenizer.bytes.vocabularySize, hiddenSize: hiddenSize, layerCount: 4,
      headCount: 2, feedForwardSize: 2 * hiddenSize, contextLength: 128)
  }

  private var options: TrainingOptions {
    var options = TrainingOptions()
    options.learningRate = 4e-3
    options.warmup = 0.02
    options.weightDecay = 0.01
    options.schedule = .cosine
    options.seed = seed
    options.threads = threads
    return options
  }

  /// The base, or nil when `onStep` ended the run by returning false. Writes down where it is as
  /// `checkpoints` says. Throws a `TrainingError`, or what the disk says to that.
  public func run(
    in world: ToyWorld, checkpoints: Checkpointing? = nil,
    onStep: (Trainer<Unadapted>.Report) -> Bool
  ) throws -> BaseModel? {
    let tokenizer = Tokenizer.bytes
    let model = AdaptedDecoder(Decoder(configuration, seed: seed), Unadapted())
    var trainer = Trainer(model, training: model.zeroed, options: options, totalSteps: steps)
    var checkpoints = checkpoints
    var record = try checkpoints?.begin(&trainer) ?? RunRecord()
    var stream = record.stream ?? RandomStream(seed: seed, 1)
    func batch(_ stream: inout RandomStream) -> [TokenSequence] {
      (0..<Self.batchSize).map { _ in
        let line = world.line(using: &stream).text
        return TokenSequence(
          tokens: tokenizer.prompt(line) + [tokenizer.endOfText], promptLength: 1)
      }
    }
    while trainer.step < steps {
      let report = try trainer.step(on: batch(&stream))
      record.losses.append(Scalar(report.loss))
      record.stream = stream
      let goesOn = onStep(report)
      try goesOn ? checkpoints?.keep(trainer, record) : checkpoints?.write(trainer, record)
      guard goesOn else { return nil }
    }
    try trainer.checkLastUpdate(on: batch(&stream))
    try checkpoints?.write(trainer, record)
    return BaseModel(decoder: trainer.model.decoder, tokenizer: tokenizer)
  }
}

import Foundation
import Testing

@testable import TinyReFT

/// What every rival has to do, whoever it is.
@Suite("Rivals (docs/70-rivals.md)")
struct RivalTests {
  static let decoder = DecoderConfiguration(
    vocabularySize: 11, hiddenSize: 6, layerCount: 3, headCount: 4, keyValueHeadCount: 2,
    headWidth: 2, feedForwardSize: 5, contextLength: 32)

  static let examples = [
    TokenSequence(tokens: [1, 2, 3, 4, 5, 6, 7], promptLength: 4),
    TokenSequence(tokens: [8, 9, 10], promptLength: 1),
    TokenSequence(tokens: [0, 3, 3, 1, 2], promptLength: 3),
  ]

  /// Whose base is unchanged before training, because they promise it.
  static let unchanged: Set<String> = [
    "lora", "dora", "series-adapter", "parallel-adapter", "red", "ln-tuning", "last-layer", "full",
  ]

  /// LLaMA-7B, LLaMA-13B and Llama-3 8B: for counting only.
  static let llama7B = DecoderConfiguration(
    vocabularySize: 32_000, hiddenSize: 4096, layerCount: 32, headCount: 32,
    feedForwardSize: 11_008, contextLength: 2048, tiesEmbeddings: false)
  static let llama13B = DecoderConfiguration(
    vocabularySize: 32_000, hiddenSize: 5120, layerCount: 40, headCount: 40,
    feedForwardSize: 13_824, contextLength: 2048, tiesEmbeddings: false)
  static let llama3 = DecoderConfiguration(
    vocabularySize: 128_256, hiddenSize: 4096, layerCount: 32, headCount: 32,
    keyValueHeadCount: 8, feedForwardSize: 14_336, contextLength: 8192, tiesEmbeddings: false)

  /// Trained numbers in percent of the base's, and of the base's and the trained ones together (as
  /// Table 1 divides for the rivals), rounded as the paper prints them.
  static func percent<R: Rival>(
    _ rival: R.Type, size: Int, maps: [BlockMap] = [], of base: DecoderConfiguration,
    digits: Int = 3
  ) -> (ofBase: Double, ofBoth: Double) {
    let count = R.parameterCount(
      RivalConfiguration(
        method: R.method, size: size, maps: maps, layers: Array(0..<base.layerCount)), for: base)
    func rounded(_ whole: Int) -> Double {
      let unit = pow(10, Double(digits))
      return (100 * Double(count) / Double(whole) * unit).rounded() / unit
    }
    return (rounded(base.parameterCount), rounded(base.parameterCount + count))
  }

  static func model<R: Rival>(
    _ rival: R.Type, layers: [Int] = [0, 1, 2], maps: [BlockMap] = BlockMap.matrices
  ) -> AdaptedDecoder<R> {
    let base = Decoder(decoder, seed: 7)
    let configuration = RivalConfiguration(
      method: R.method, size: 2, alpha: 3, maps: maps, layers: layers)
    return AdaptedDecoder(base, R(configuration, for: base, seed: 1))
  }

  /// The same with every trained number moved, so that nothing is zero by its start alone.
  static func moved<R: Rival>(_ rival: R.Type, layers: [Int] = [0, 1, 2]) -> AdaptedDecoder<R> {
    var trained = Trained(model(rival, layers: layers))
    var stream = RandomStream(seed: 9)
    trained.walk("") { _, tensor in
      tensor += .uniform(
        rows: tensor.rows, columns: tensor.columns, bound: 0.5, using: &stream)
    }
    return trained.model
  }

  @Test("every gradient agrees with central differences", arguments: Rivals.all)
  func gradients(rival: any Rival.Type) {
    func check<R: Rival>(_ rival: R.Type) {
      let model = Self.moved(rival)
      func run(_ model: AdaptedDecoder<R>) -> (loss: Double, gradient: AdaptedDecoder<R>) {
        model.lossAndGradient(of: Self.examples, zero: model.adaptationOnly, threads: 1)
      }
      // What backward takes for a constant must be one in the loss too.
      let held = AdaptedDecoder(model.decoder, model.adaptation.held)
      #expect(run(held).loss == run(model).loss)
      let checks = checkParameterGradients(
        of: Trained(held), gradient: Trained(run(model).gradient)
      ) { run($0.model).loss }
      #expect(!checks.isEmpty)
      for check in checks {
        #expect(check.error <= GradientSuite.modelTolerance, "\(R.method) \(check.name)")
      }
    }
    check(rival)
  }

  @Test("the gradient adds up over calls", arguments: Rivals.all)
  func accumulation(rival: any Rival.Type) {
    func check<R: Rival>(_ rival: R.Type) {
      let model = Self.moved(rival)
      let (logits, cache) = model.forward(Batch(Self.examples.map(model.placed)))
      let dlogits = Tensor.random(rows: logits.rows, columns: logits.columns, seed: 3)
      var gradient = model.adaptationOnly
      model.backward(dlogits, cache, into: &gradient)
      let once = gradient
      model.backward(dlogits, cache, into: &gradient)
      for (one, two) in zip(once.parameters, gradient.parameters) {
        #expect(two.tensor.isClose(to: 2 * one.tensor), "\(R.method) \(one.name)")
      }
    }
    check(rival)
  }

  @Test("gradcheck has a row for each that has tensors of its own")
  func rows() {
    let operations = GradientSuite(seed: 1).rivals().map(\.operation)
    func hasTensors<R: Rival>(_ rival: R.Type) -> Bool {
      Self.model(rival).adaptation.parameterCount > 0
    }
    for rival in Rivals.all where hasTensors(rival) {
      #expect(operations.contains { $0.hasSuffix(" with \(rival.method)") }, "\(rival.method)")
    }
  }

  @Test("what a frozen base saves changes no bit", arguments: Rivals.all, [[0, 1, 2], [1], [2]])
  func savings(rival: any Rival.Type, layers: [Int]) {
    func check<R: Rival>(_ rival: R.Type) {
      let model = Self.moved(rival, layers: layers)
      func run(_ savings: Savings) -> (loss: Double, gradient: AdaptedDecoder<R>) {
        let isFrozen = model.adaptationOnly.decoder.parameterCount == 0
        return model.lossAndGradient(
          of: Self.examples, zero: model.adaptationOnly, threads: 1,
          base: FrozenBase(isFrozen ? savings : [], limit: FrozenBase.defaultLimit))
      }
      let (plain, saved) = (run([]), run(.all))
      #expect(plain.loss == saved.loss)
      for (one, other) in zip(plain.gradient.parameters, saved.gradient.parameters) {
        #expect(one.tensor == other.tensor, "\(R.method) \(one.name)")
      }
    }
    check(rival)
  }

  @Test("those that promise it are the base before training", arguments: Rivals.all)
  func start(rival: any Rival.Type) {
    func check<R: Rival>(_ rival: R.Type) {
      let model = Self.model(rival)
      let base = AdaptedDecoder(model.decoder, Unadapted())
      let batch = Batch(Self.examples)
      let isBase = model.forward(Batch(Self.examples.map(model.placed))).logits
        .isClose(to: base.forward(batch).logits)
      #expect(isBase == Self.unchanged.contains(R.method), "\(R.method)")
      // Trained, none is.
      let moved = Self.moved(rival)
      #expect(
        !moved.forward(Batch(Self.examples.map(moved.placed))).logits
          .isClose(to: base.forward(batch).logits), "\(R.method)")
    }
    check(rival)
  }

  @Test("merged, the decoder alone does the same", arguments: Rivals.all)
  func merging(rival: any Rival.Type) {
    func check<R: MergingRival>(_ rival: R.Type) {
      let model = Self.moved(rival, layers: [0, 2])
      let merged = AdaptedDecoder(model.adaptation.merged(into: model.decoder), Unadapted())
      let batch = Batch(Self.examples)
      #expect(merged.forward(batch).logits.isClose(to: model.forward(batch).logits), "\(R.method)")
    }
    if let rival = rival as? any MergingRival.Type { check(rival) }
  }

  @Test("what is counted without making it is what is made", arguments: Rivals.all)
  func counts(rival: any Rival.Type) {
    func check<R: Rival>(_ rival: R.Type) {
      for maps in [BlockMap.matrices, [.down, .keys]] {
        let c = RivalConfiguration(method: R.method, size: 2, maps: maps, layers: [0, 2])
        let base = Decoder(Self.decoder, seed: 7)
        let made = AdaptedDecoder(base, R(c, for: base, seed: 1))
        #expect(R.parameterCount(c, for: Self.decoder) == made.trainedCount, "\(R.method)")
      }
    }
    check(rival)
  }

  @Test(
    "a text read with a cache, token by token, gives the logits of one pass", arguments: Rivals.all)
  func cached(rival: any Rival.Type) {
    func check<R: Rival>(_ rival: R.Type) {
      let model = Self.moved(rival)
      let tokens = [1, 2, 3, 4, 5, 6]
      let example = TokenSequence(tokens: tokens + [0], promptLength: 3)
      let (logits, _) = model.forward(Batch([model.placed(example)]))
      var cache = KeyValueCache(for: model.decoder)
      var rows = [model.read(prompt: Array(tokens[..<3]), into: &cache)]
      for token in tokens[3...] { rows.append(model.read(generated: token, into: &cache)) }
      #expect(logits.isClose(to: Tensor(stacking: rows)), "\(R.method)")
    }
    check(rival)
  }

  @Test(
    "training changes nothing but the adaptation, and takes the loss down", arguments: Rivals.all)
  func training(rival: any Rival.Type) throws {
    func check<R: Rival>(_ rival: R.Type) throws {
      let model = Self.model(rival)
      var options = TrainingOptions()
      (options.epochs, options.batchSize, options.learningRate) = (30, 3, 5e-2)
      var job = Finetuning(base: model.decoder, model.adaptation, options: options)
      try job.run(on: Self.examples) { _ in true }
      let (first, last) = (
        try #require(job.record.losses.first), try #require(job.record.losses.last)
      )
      #expect(last < 0.9 * first, "\(R.method): \(first) … \(last)")
      for (before, after) in zip(model.decoder.parameters, job.model.decoder.parameters) {
        #expect(
          (before.tensor == after.tensor) != model.adaptation.learns(before.name),
          "\(R.method) \(before.name)")
      }
    }
    try check(rival)
  }
}

extension Tensor {
  /// Whether no number differs by more than rounding explains, measured by the largest.
  func isClose(to other: Tensor) -> Bool {
    (self - other).largestMagnitude <= 100 * Scalar.ulpOfOne * max(1, largestMagnitude)
  }
}

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
  static let unchanged: Set<String> = ["lora"]

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
    var model = model(rival, layers: layers)
    var stream = RandomStream(seed: 9)
    model.adaptation.walk("") { _, tensor in
      tensor += .uniform(
        rows: tensor.rows, columns: tensor.columns, bound: 0.5, using: &stream)
    }
    return model
  }

  @Test("every gradient agrees with central differences", arguments: Rivals.all)
  func gradients(rival: any Rival.Type) {
    func check<R: Rival>(_ rival: R.Type) {
      let model = Self.moved(rival)
      func run(_ model: AdaptedDecoder<R>) -> (loss: Double, gradient: AdaptedDecoder<R>) {
        model.lossAndGradient(of: Self.examples, zero: model.zeroed, threads: 1)
      }
      let checks = checkParameterGradients(of: model, gradient: run(model).gradient) {
        run($0).loss
      }
      for check in checks {
        #expect(check.error <= GradientSuite.modelTolerance, "\(R.method) \(check.name)")
      }
    }
    check(rival)
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
      (options.epochs, options.batchSize, options.learningRate) = (30, 3, 2e-2)
      var job = Finetuning(base: model.decoder, model.adaptation, options: options)
      try job.run(on: Self.examples) { _ in true }
      let (first, last) = (try #require(job.losses.first), try #require(job.losses.last))
      #expect(last < 0.8 * first, "\(R.method): \(first) … \(last)")
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

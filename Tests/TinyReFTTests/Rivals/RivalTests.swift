import Foundation
import Testing

@testable import TinyReFT

/// What every rival has to do, whoever it is.
@Suite("Rivals (docs/70-rivals.md)")
struct RivalTests {
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
  static func percent(
    _ rival: any Rival.Type, size: Int, maps: [BlockMap] = [], of base: DecoderConfiguration,
    digits: Int = 3
  ) -> (ofBase: Double, ofBoth: Double) {
    let count = rival.parameterCount(
      RivalConfiguration(
        method: rival.method, size: size, maps: maps, layers: Array(0..<base.layerCount)),
      for: base)
    func rounded(_ whole: Int) -> Double {
      let unit = pow(10, Double(digits))
      return (100 * Double(count) / Double(whole) * unit).rounded() / unit
    }
    return (rounded(base.parameterCount), rounded(base.parameterCount + count))
  }

  private typealias Model = AdaptedDecoder<Unadapted>

  @Test("every gradient agrees with central differences", arguments: Rivals.all)
  func gradients(rival: any Rival.Type) {
    let model = SmallDecoder.moved(rival)
    func run(_ model: Model) -> (loss: Double, gradient: Model) {
      model.lossAndGradient(of: SmallDecoder.examples, zero: model.adaptationOnly, threads: 1)
    }
    // What backward takes for a constant must be one in the loss too.
    var held = model
    held.decoder = rival.held(model.decoder)
    #expect(run(held).loss == run(model).loss)
    let checks = checkParameterGradients(
      of: Trained(held), gradient: Trained(run(model).gradient)
    ) { run($0.model).loss }
    #expect(!checks.isEmpty)
    for check in checks {
      #expect(check.error <= modelTolerance, "\(rival.method) \(check.name)")
    }
  }

  @Test("the base's own gradients too, with an edit on their way", arguments: Rivals.all)
  func gradientsOfBase(rival: any Rival.Type) {
    var model = SmallDecoder.moved(rival)
    model.decoder = rival.held(model.decoder)
    func run(_ model: Model) -> (loss: Double, gradient: Model) {
      model.lossAndGradient(of: SmallDecoder.examples, zero: model.zeroed, threads: 1)
    }
    for check in checkParameterGradients(
      of: model, gradient: run(model).gradient, loss: { run($0).loss })
    {
      #expect(check.error <= 2 * modelTolerance, "\(rival.method) \(check.name)")
    }
  }

  @Test("frozen, it passes the same gradient on, and has none itself", arguments: Rivals.all)
  func frozenRival(rival: any Rival.Type) {
    var model = SmallDecoder.moved(rival)
    let embedding = ["model.embed_tokens.weight": "E"]
    func gradient() -> Model {
      model.lossAndGradient(of: SmallDecoder.examples, zero: model.adaptationOnly, threads: 1)
        .gradient
    }
    model.learned.merge(embedding) { one, _ in one }
    let dE = gradient().decoder.embedding.weight
    model.learned = embedding
    #expect(gradient().decoder.embedding.weight == dE && dE.largestMagnitude > 0)
    #expect(gradient().trainedCount == dE.count)
  }

  @Test("the gradient adds up over calls", arguments: Rivals.all)
  func accumulation(rival: any Rival.Type) {
    let model = SmallDecoder.moved(rival)
    let (logits, cache) = model.forward(Batch(SmallDecoder.examples.map(model.decoder.placed)))
    let dlogits = Tensor.random(rows: logits.rows, columns: logits.columns, seed: 3)
    var gradient = model.adaptationOnly
    model.backward(dlogits, cache, into: &gradient)
    let once = gradient
    model.backward(dlogits, cache, into: &gradient)
    for (one, two) in zip(once.parameters, gradient.parameters) {
      #expect(two.tensor.isClose(to: 2 * one.tensor), "\(rival.method) \(one.name)")
    }
  }

  @Test("what a frozen base saves changes no bit", arguments: Rivals.all, [[0, 1, 2], [1], [2]])
  func savings(rival: any Rival.Type, layers: [Int]) {
    let model = SmallDecoder.moved(rival, layers: layers)
    func run(_ savings: Savings) -> (loss: Double, gradient: Model) {
      let zero = model.adaptationOnly
      return model.lossAndGradient(
        of: SmallDecoder.examples, zero: zero, threads: 1,
        base: FrozenBase(zero.learnsBase ? [] : savings))
    }
    let plain = run([])
    for savings: Savings in [.rows, .backward, .hidden, .all] {
      let saved = run(savings)
      #expect(plain.loss == saved.loss)
      for (one, other) in zip(plain.gradient.parameters, saved.gradient.parameters) {
        #expect(one.tensor == other.tensor, "\(rival.method) \(one.name)")
      }
    }
  }

  @Test("a rival's tensors do not make the base one that learns", arguments: Rivals.all)
  func frozen(rival: any Rival.Type) {
    let model = SmallDecoder.model(rival)
    let own = Set(SmallDecoder.base.parameters.map(\.name))
    let isOwn = model.learned.keys.map(own.contains)
    #expect(Set(isOwn).count == 1)
    #expect(model.adaptationOnly.learnsBase == isOwn[0])
    // The names that files have are those that peft, or the base, would give.
    for (name, file) in model.learned {
      #expect(
        isOwn[0]
          ? name == file
          : rival.partName(name).hasSuffix(
            rival.partName(file.replacing("base_model.model.", with: ""))))
    }
  }

  @Test("those that promise it are the base before training", arguments: Rivals.all)
  func start(rival: any Rival.Type) {
    let base = AdaptedDecoder(SmallDecoder.base, Unadapted()).forward(Batch(SmallDecoder.examples))
      .logits
    func logits(_ model: Model) -> Tensor {
      model.forward(Batch(SmallDecoder.examples.map(model.decoder.placed))).logits
    }
    #expect(
      logits(SmallDecoder.model(rival)).isClose(to: base) == Self.unchanged.contains(rival.method))
    // Trained, none is.
    #expect(!logits(SmallDecoder.moved(rival)).isClose(to: base), "\(rival.method)")
  }

  @Test(
    "merged, the decoder alone does the same",
    arguments: [LoRA.self, DoRA.self] as [any Rival.Type])
  func merging(rival: any Rival.Type) {
    let model = SmallDecoder.moved(rival, layers: [0, 2])
    let merged = model.decoder.merged
    #expect(merged.fixedBlockCount == 3, "nothing hangs there any more")
    let batch = Batch(SmallDecoder.examples)
    #expect(
      AdaptedDecoder(merged, Unadapted()).forward(batch).logits
        .isClose(to: model.forward(batch).logits), "\(rival.method)")
  }

  @Test("what is counted without making it is what is made", arguments: Rivals.all)
  func counts(rival: any Rival.Type) {
    for maps in [BlockMap.allCases, [.down, .keys]] {
      let c = RivalConfiguration(method: rival.method, size: 2, maps: maps, layers: [0, 2])
      let made = AdaptedBase(rival, c, of: SmallDecoder.base, seed: 1).model
      #expect(
        rival.parameterCount(c, for: SmallDecoder.configuration) == made.trainedCount,
        "\(rival.method)")
    }
  }

  @Test(
    "a text read with a cache, token by token, gives the logits of one pass", arguments: Rivals.all)
  func cached(rival: any Rival.Type) {
    let model = SmallDecoder.moved(rival)
    let tokens = [1, 2, 3, 4, 5, 6]
    let example = TokenSequence(tokens: tokens + [0], promptLength: 3)
    let (logits, _) = model.forward(Batch([model.decoder.placed(example)]))
    var text = Reading(Array(tokens[..<3]), by: model)
    var rows = [text.logits(of: model)]
    for token in tokens[3...] {
      text.append(token)
      rows.append(text.logits(of: model))
    }
    #expect(logits.isClose(to: Tensor(stacking: rows)), "\(rival.method)")
  }

  /// What is kept in the first epoch must hold nothing that learns after it.
  @Test(
    "a run with every saving ends with the bits of a run without",
    arguments: Rivals.all, [[1], [2], [1, 2]])
  func savedRuns(rival: any Rival.Type, layers: [Int]) throws {
    func trained(_ savings: Savings) throws -> [Tensor] {
      let model = SmallDecoder.moved(rival, layers: layers)
      var options = TrainingOptions()
      (options.epochs, options.batchSize, options.savings) = (4, 2, savings)
      var trainer = Trainer(
        model, training: model.adaptationOnly, options: options,
        totalSteps: Trainer<Unadapted>.steps(
          examples: SmallDecoder.examples.count, options: options))
      try trainer.train(on: SmallDecoder.examples) { _, _ in true }
      return trainer.model.trainedParameters.map(\.tensor)
    }
    #expect(try trained(.all) == trained([]), "\(rival.method)")
  }

  @Test("training changes nothing but what learns, and takes the loss down", arguments: Rivals.all)
  func training(rival: any Rival.Type) throws {
    let model = SmallDecoder.model(rival)
    var options = TrainingOptions()
    (options.epochs, options.batchSize, options.learningRate) = (30, 3, 5e-2)
    var job = Finetuning(
      base: model.decoder, Unadapted(), learned: model.learned, options: options)
    try job.run(on: SmallDecoder.examples) { _ in true }
    let (first, last) = (
      try #require(job.record.losses.first), try #require(job.record.losses.last)
    )
    #expect(last < 0.9 * first, "\(rival.method): \(first) … \(last)")
    for (before, after) in zip(model.decoder.parameters, job.model.decoder.parameters) {
      #expect(
        (before.tensor == after.tensor) == (model.learned[before.name] == nil),
        "\(rival.method) \(before.name)")
    }
  }
}

extension Tensor {
  /// Whether no number differs by more than rounding explains, measured by the largest.
  func isClose(to other: Tensor) -> Bool {
    (self - other).largestMagnitude <= 100 * Scalar.ulpOfOne * max(1, largestMagnitude)
  }
}

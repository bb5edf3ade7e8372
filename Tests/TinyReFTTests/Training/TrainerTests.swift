import Testing

@testable import TinyReFT

@Suite("Trainer (docs/40-training.md)")
struct TrainerTests {
  typealias Model = AdaptedDecoder<ReFT<LoReFT>>

  /// Four questions of three tokens, each with an answer of two that the random base does not know.
  static let examples = (0..<4).map { i in
    TokenSequence(tokens: [0, 1 + i, 5, 10 - i, 6 + i], promptLength: 3)
  }

  /// A random base, and interventions at all three prompt tokens that start as the identity.
  static func model() -> Model {
    let c = DecoderConfiguration(
      vocabularySize: 11, hiddenSize: 16, layerCount: 2, headCount: 2, feedForwardSize: 24,
      contextLength: 8)
    return Model(
      Decoder(c, seed: 1),
      ReFT(
        rank: 4, width: 16, layers: [0, 1], positions: .ends(prefix: 2, suffix: 1),
        sharing: .side, seed: 2))
  }

  static func options(epochs: Int = 200, batchSize: Int = 3) -> TrainingOptions {
    var options = TrainingOptions()
    (options.epochs, options.batchSize, options.learningRate) = (epochs, batchSize, 0.05)
    return options
  }

  /// A trainer of the interventions alone, for exactly the steps that its options ask for.
  static func trainer(
    _ options: TrainingOptions, of model: Model = model()
  ) -> Trainer<ReFT<LoReFT>> {
    Trainer(
      model, training: model.adaptationOnly, options: options,
      totalSteps: Trainer<ReFT<LoReFT>>.steps(examples: examples.count, options: options))
  }

  private func tensors(_ model: some Parameterized) -> [Tensor] { model.parameters.map(\.tensor) }

  @Test("the parts meet as Trainer's card says, and a hundred steps lower the loss")
  func card() throws {
    let (base, examples, d, L) = (Self.model().decoder, Self.examples, 16, 2)
    let reft = ReFT<LoReFT>(
      rank: 4, width: d, layers: Array(0..<L), positions: .ends(prefix: 0, suffix: 1),
      sharing: .layer, seed: 1)
    let model = AdaptedDecoder(base, reft)
    var trainer = Trainer(
      model, training: model.adaptationOnly, options: TrainingOptions(), totalSteps: 100)
    let loss = try trainer.step(on: examples).loss
    for _ in 1..<100 { _ = try trainer.step(on: examples) }
    #expect(
      trainer.model.lossAndGradient(
        of: examples, zero: model.adaptationOnly, threads: 1
      ).loss < loss)
  }

  @Test("interventions learn four answers by heart; the base keeps every bit, R its rows")
  func memorises() throws {
    let before = Self.model()
    var trainer = Self.trainer(Self.options())
    var losses: [Double] = []
    try trainer.train(on: Self.examples) { report, _ in
      losses.append(report.loss)
      return true
    }
    try #require(losses.count == 400 && trainer.step == trainer.totalSteps)
    #expect(losses[0] > 3 && losses[399] < 0.5, "\(losses[0]) → \(losses[399])")
    #expect(tensors(trainer.model.decoder) == tensors(before.decoder))
    for example in Self.examples {
      let answer = try trainer.model.generate(
        after: Array(example.tokens[..<3]), ends: [], maxTokens: 2)
      #expect(answer == Array(example.tokens[3...]))
    }
    for intervention in trainer.model.adaptation.interventions {
      #expect(GramSchmidt.departure(intervention.phi.R) <= 1e-5)
    }
    for (new, old) in zip(trainer.model.adaptation.parameters, before.adaptation.parameters) {
      // After the last block nothing attends any more, so an edit of the first tokens has no gradient.
      let hasGradient = !new.name.hasPrefix("layers.1.prefix.")
      #expect((new.tensor != old.tensor) == hasGradient, "\(new.name)")
    }
  }

  @Test("a clipped step is the step of the shortened gradient")
  func clipping() throws {
    // Adam does not see the size of a first gradient unless ε is as large as it: 1e-10 is less.
    var options = Self.options()
    (options.warmup, options.clip) = (0, 1e-10)
    var trainer = Self.trainer(options)
    let report = try trainer.step(on: Self.examples)

    var (expected, optimizer) = (Self.model(), AdamW())
    var gradient = expected.lossAndGradient(
      of: Self.examples, zero: expected.adaptationOnly, threads: 1
    ).gradient
    #expect(report.gradientNorm == gradient.norm, "the norm is reported before clipping")
    gradient.scale(by: Scalar(1e-10 / gradient.norm))
    optimizer.update(&expected, by: gradient, learningRate: 0.05)
    #expect(tensors(trainer.model) == tensors(expected))
  }

  @Test("shorter gradients are not lengthened, and 0 clips nothing", arguments: [0.0, 1e3])
  func noClipping(clip: Double) throws {
    var (clipped, free) = (Self.options(), Self.options())
    (clipped.clip, free.clip) = (clip, 1e9)
    var (a, b) = (Self.trainer(clipped), Self.trainer(free))
    for _ in 0..<3 { _ = try (a.step(on: Self.examples), b.step(on: Self.examples)) }
    #expect(tensors(a.model) == tensors(b.model))
  }

  @Test("a loss that is not finite throws, and the model stays as it was")
  func notFinite() throws {
    var model = Self.model()
    model.decoder.embedding.weight[10, 0] = .nan
    let fine = [TokenSequence(tokens: [0, 1, 5], promptLength: 2)]
    var trainer = Self.trainer(Self.options(), of: model)
    let error = #expect(throws: TrainingError.self) { try trainer.step(on: fine) }
    #expect(error.map { "\($0)".contains("not finite at step 1") } == true)
    #expect(trainer.step == 0)
    #expect(tensors(trainer.model.adaptation) == tensors(model.adaptation))
  }

  @Test("a gradient whose square overflows throws: Adam would learn nothing from then on")
  func overflowingSquares() throws {
    // h is as short as can be, and the norm, without ε, makes it of size one: the slopes along h are
    // as large as 1 / h.
    let c = DecoderConfiguration(
      vocabularySize: 11, hiddenSize: 16, layerCount: 1, headCount: 2, feedForwardSize: 24,
      contextLength: 8, normEpsilon: 0, tiesEmbeddings: false)
    var decoder = Decoder(c, seed: 1)
    decoder.blocks[0].attention.output.weight = .zeros(
      like: decoder.blocks[0].attention.output.weight)
    decoder.blocks[0].feedForward.down.weight = .zeros(
      like: decoder.blocks[0].feedForward.down.weight)
    decoder.embedding.weight =
      Scalar.leastNormalMagnitude.squareRoot() * Tensor.random(rows: 11, columns: 16, seed: 2)
    decoder.head?.weight = 1000 * Tensor.random(rows: 11, columns: 16, seed: 3)
    let model = Model(
      decoder,
      ReFT(rank: 4, width: 16, layers: [0], positions: .all, sharing: .layer, seed: 2))
    var options = Self.options()
    options.clip = 0
    var trainer = Self.trainer(options, of: model)
    // In Double the norm, a root of squares, is infinite itself.
    #expect(throws: TrainingError.self) { try trainer.step(on: Self.examples) }
    #expect(tensors(trainer.model) == tensors(model) && trainer.step == 0)
    #if !DEBUG
      options.clip = 1
      var clipped = Self.trainer(options, of: model)
      #expect(try clipped.step(on: Self.examples).gradientNorm > 1e19)
    #endif
  }

  @Test("an update that leaves the range of float32 throws, and is taken back")
  func outOfRange() throws {
    var options = Self.options()
    (options.warmup, options.learningRate) = (0, .greatestFiniteMagnitude)
    var trainer = Self.trainer(options)
    #expect(throws: TrainingError.outOfRange(step: 1)) { try trainer.step(on: Self.examples) }
    #expect(tensors(trainer.model) == tensors(Self.model()) && trainer.step == 0)
  }

  /// Adds p to every hidden state: at p = 0 all is well, and anywhere else nothing is a number.
  private struct Brittle: Adaptation {
    var p = Tensor(repeating: 0, columns: 16)

    mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
      try visit(path + "p", &p)
    }

    func forward(
      _ h: consuming Tensor, afterBlock layer: Int, of batch: Batch
    ) -> (h: Tensor, cache: Int) {
      (p == Tensor(repeating: 0, columns: 16) ? h : Scalar.nan * h, 0)
    }

    func backward(
      _ dh: consuming Tensor, _ cache: Int, afterBlock layer: Int, into gradient: inout Brittle
    ) -> Tensor {
      gradient.p += Tensor(repeating: 1, columns: 16)
      return dh
    }

    func firstEdit(ofPrompt n: Int) -> (block: Int, token: Int)? { (0, 0) }
  }

  @Test("the last update is judged too, whether all steps are taken or the run ends early")
  func lastUpdate() throws {
    let model = AdaptedDecoder(Self.model().decoder, Brittle())
    for (epochs, end) in [(1, 9), (3, 1)] {
      var trainer = Trainer(
        model, training: model.adaptationOnly, options: Self.options(epochs: epochs, batchSize: 9),
        totalSteps: epochs)
      let error = #expect(throws: TrainingError.self) {
        try trainer.train(on: Self.examples) { report, _ in report.step < end }
      }
      #expect(error.map { "\($0)".contains("not finite at step 1") } == true)
      #expect(trainer.model.adaptation.p == model.adaptation.p, "the last good one")
    }
  }

  @Test("without examples there is nothing to do, and nothing to judge")
  func noExamples() throws {
    var trainer = Self.trainer(Self.options())
    try trainer.train(on: []) { _, _ in true }
    #expect(tensors(trainer.model) == tensors(Self.model()))
  }

  /// In which order training meets five examples. Each has another number of tokens, so that a report
  /// of a batch of one tells which it was.
  private func order(_ options: TrainingOptions) throws -> [Int] {
    var order: [Int] = []
    let examples = (0..<5).map { TokenSequence(tokens: Array(0...$0 + 1), promptLength: 1) }
    var trainer = Self.trainer(options)
    try trainer.train(on: examples) { report, _ in
      order.append(report.tokens)
      return true
    }
    return order
  }

  @Test("every example comes once an epoch, in an order of the seed and the epoch")
  func shuffling() throws {
    var options = Self.options(epochs: 3, batchSize: 1)
    let first = try order(options)
    let epochs = [Array(first[0..<5]), Array(first[5..<10]), Array(first[10..<15])]
    #expect(epochs.allSatisfy { $0.sorted() == [2, 3, 4, 5, 6] })
    #expect(epochs[0] != epochs[1] && epochs[1] != epochs[2])
    #expect(try order(options) == first)
    options.seed = 2
    #expect(try order(options) != first)
    options.shuffle = false
    #expect(try order(options) == [2, 3, 4, 5, 6, 2, 3, 4, 5, 6, 2, 3, 4, 5, 6])
  }

  @Test("a last batch may be smaller, and `steps` counts it")
  func smallerBatch() throws {
    let options = Self.options(epochs: 2, batchSize: 3)
    var trainer = Self.trainer(options)
    var tokens: [Int] = []
    try trainer.train(on: Self.examples) { report, _ in
      tokens.append(report.tokens)
      return true
    }
    // Four examples of five tokens: three and one, twice.
    #expect(tokens == [15, 5, 15, 5] && trainer.totalSteps == 4)
    let huge = Self.options(epochs: 1, batchSize: .max)
    #expect(Trainer<Unadapted>.steps(examples: 4, options: huge) == 1)
    #expect(Trainer<Unadapted>.steps(examples: 0, options: options) == 0)
  }

  @Test("returning false ends the run after that step")
  func stopsEarly() throws {
    var trainer = Self.trainer(Self.options())
    var last = Self.model()
    try trainer.train(on: Self.examples) { report, trainer in
      last = trainer.model
      return report.step < 3
    }
    #expect(trainer.step == 3)
    #expect(tensors(last) == tensors(trainer.model))
  }

  @Test("the same run gives the same bits on any number of threads", arguments: [1, 2, 8])
  func reproducible(threads: Int) throws {
    func run(threads: Int) throws -> [Tensor] {
      var (model, options) = (Self.model(), Self.options(epochs: 5))
      model.adaptation.dropout = 0.2
      options.threads = threads
      var trainer = Self.trainer(options, of: model)
      try trainer.train(on: Self.examples) { _, _ in true }
      return tensors(trainer.model)
    }
    #expect(try run(threads: threads) == run(threads: 1))
  }

  @Test("the whole decoder can be trained too")
  func pretraining() throws {
    let model = AdaptedDecoder(Self.model().decoder, Unadapted())
    var trainer = Trainer(
      model, training: model.zeroed, options: Self.options(epochs: 20), totalSteps: 40)
    var losses: [Double] = []
    try trainer.train(on: Self.examples) { report, _ in
      losses.append(report.loss)
      return true
    }
    try #require(losses.count == 40)
    #expect(losses[39] < losses[0] / 4)
    for (a, b) in zip(trainer.model.parameters, model.parameters) {
      #expect(a.tensor != b.tensor, "\(a.name)")
    }
  }

  @Test("a batch of fewer than one example traps")
  func noBatch() async {
    await #expect(processExitsWith: .failure) {
      // A negative stride would make no step, and training would end content.
      _ = TrainerTests.trainer(TrainerTests.options(batchSize: -1))
    }
  }
}

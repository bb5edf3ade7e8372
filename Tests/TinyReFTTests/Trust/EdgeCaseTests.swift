import Foundation
import Testing

@testable import TinyReFT

/// Cases at the edge that cross concepts. Those of one concept are tested beside it; docs/80-trust.md
/// lists all of them.
@Suite("Edge cases (docs/80-trust.md)")
struct EdgeCaseTests {
  private static let decoder = Decoder(SmallDecoder.configuration, seed: 1)

  private static func tensors(_ model: some Parameterized) -> [Tensor] {
    model.parameters.map(\.tensor)
  }

  private static func loReFT(_ positions: Positions, _ sharing: Sharing) -> ReFT<LoReFT> {
    ReFT(
      rank: 2, width: 6, layers: [0, 2], positions: positions, sharing: sharing, start: .random,
      seed: 2)
  }

  // MARK: Short texts

  @Test(
    "prompts of one token are edited or not, trained on, measured and continued",
    arguments: ["f1", "f9", "l1", "l9", "f2+l3", "all", "every"], Sharing.allCases)
  func oneTokenPrompts(text: String, sharing: Sharing) throws {
    let positions = try #require(Positions(text))
    guard sharing.groupCount(of: positions) > 0 else { return }
    let model = AdaptedDecoder(Self.decoder, Self.loReFT(positions, sharing))
    // One is what the model writes, and the other is not.
    let written = try model.generate(after: [1], ends: [], maxTokens: 2)
    let unwritten = (try model.generate(after: [4], ends: [], maxTokens: 1)[0] + 1) % 11
    let examples = [
      TokenSequence(tokens: [1] + written, promptLength: 1),
      TokenSequence(tokens: [4, unwritten], promptLength: 1),
    ]
    #expect(model.evaluate(examples, threads: 8).accuracy == 0.5)

    let plain = model.lossAndGradient(of: examples, zero: model.adaptationOnly, threads: 1)
    let saved = model.lossAndGradient(
      of: examples, zero: model.adaptationOnly, threads: 8, base: FrozenBase(.all))
    #expect(plain.loss.isFinite && saved.loss == plain.loss)
    #expect(Self.tensors(saved.gradient) == Self.tensors(plain.gradient))
    // f9 would take half of the prompt, which is no token: nothing is edited, and nothing learns.
    #expect((plain.gradient.norm > 0) == (text != "f9"))
    let base = AdaptedDecoder(Self.decoder, Unadapted()).forward(Batch(examples)).logits
    #expect((model.forward(Batch(examples)).logits == base) == (text == "f9"))
  }

  @Test("texts without a target, or none at all, move nothing")
  func noTargets() throws {
    func check<A: Adaptation>(_ model: AdaptedDecoder<A>) throws {
      let one = TokenSequence(tokens: [3], promptLength: 1)
      let texts = [one, TokenSequence(tokens: [3, 5], promptLength: 2)]
      for examples in [[one], texts, []] {
        var options = TrainingOptions()
        (options.warmup, options.threads) = (0, 8)
        var trainer = Trainer(
          model, training: model.adaptationOnly, options: options, totalSteps: 2)
        let report = try trainer.step(on: examples)
        #expect(report.loss == 0 && report.gradientNorm == 0)
        #expect(Self.tensors(trainer.model) == Self.tensors(model))
      }
      // Who is asked for nothing has answered.
      #expect(
        model.evaluate([one], threads: 8)
          == Evaluation(accuracy: 1, tokenAccuracy: 0, loss: 0, count: 1))
      #expect(try model.generate(after: [3], ends: [], maxTokens: 2).count == 2)
      // Beside others they do not count.
      let counted = SmallDecoder.examples
      let zero = model.adaptationOnly
      let alone = model.lossAndGradient(of: counted, zero: zero, threads: 1).loss
      let beside = model.lossAndGradient(of: counted + texts, zero: zero, threads: 1).loss
      #expect(abs(alone - beside) < 1e-6)
    }
    try check(AdaptedDecoder(Self.decoder, Self.loReFT(.all, .layer)))
    for rival in Methods.rivals { try check(SmallDecoder.moved(rival)) }
  }

  @Test("an epoch of no examples has no step, and its chart no point")
  func noExamples() throws {
    var job = Finetuning(
      base: Self.decoder, Self.loReFT(.all, .layer), options: TrainingOptions())
    try job.run(on: []) { _ in true }
    #expect(job.record.losses.isEmpty && job.lossCurve(of: "").svg.contains("</svg>"))
  }

  @Test("an empty completion is learned: the answer is to end at once")
  func emptyCompletion() throws {
    let folder = try TemporaryFolder()
    _ = try folder.file("train.jsonl", text: #"{"prompt": "a", "completion": ""}"#)
    let data = try TaskData(
      TaskPlace(folder.url), split: .train, tokenizer: .bytes, contextLength: 32)
    var c = SmallDecoder.configuration
    c.vocabularySize = Tokenizer.bytes.vocabularySize
    let base = Decoder(c, seed: 1)
    let all = Dictionary(uniqueKeysWithValues: base.parameters.map { ($0.name, $0.name) })
    var options = TrainingOptions()
    (options.epochs, options.learningRate) = (60, 0.05)
    var job = Finetuning(base: base, Unadapted(), learned: all, options: options)
    #expect(job.model.evaluate(data.examples, threads: 1).accuracy == 0)
    try job.run(on: data.examples) { _ in true }
    #expect(job.model.evaluate(data.examples, threads: 1).accuracy == 1)
    let prompt = Tokenizer.bytes.prompt("a")
    let end = Tokenizer.bytes.endOfText
    #expect(try job.model.generate(after: prompt, ends: [end], maxTokens: 5) == [])
  }

  @Test("a vocabulary of one leaves nothing to learn, and nothing else to say")
  func oneToken() throws {
    var c = SmallDecoder.configuration
    c.vocabularySize = 1
    let model = AdaptedDecoder(Decoder(c, seed: 1), Self.loReFT(.all, .layer))
    let example = TokenSequence(tokens: [0, 0, 0], promptLength: 1)
    let (loss, gradient) = model.lossAndGradient(of: [example], zero: model.zeroed, threads: 1)
    #expect(loss == 0 && gradient.norm == 0)
    #expect(try model.generate(after: [0], ends: [], maxTokens: 3) == [0, 0, 0])
    var sampler = Sampler(temperature: 1, seed: 1)
    #expect(sampler.next(Tensor([[5]])) == 0)
    #expect(
      model.evaluate([example], threads: 1)
        == Evaluation(accuracy: 1, tokenAccuracy: 1, loss: 0, count: 1))
  }

  @Test("one line in each split, a batch larger than train, and more threads than lines")
  func oneLine() throws {
    let folder = try TemporaryFolder()
    for split in Split.allCases {
      _ = try folder.file("\(split.rawValue).jsonl", text: #"{"prompt":"","completion":"B"}"#)
    }
    let out = folder.url.appending(path: "run")
    let run = try tinyreft([
      "train", "--base", fixture("formats/1/base").path, "--task", folder.url.path, "--epochs", "2",
      "--batch-size", "9", "--threads", "8",
      "--out", out.path,
    ])
    #expect(run.exitCode == 0 && run.errors == "")
    let report = try RunReport.read(out.appending(path: "report.json"))
    #expect(report.heldOut == 1 && report.steps == 2)
  }

  // MARK: Extreme settings

  @Test("a dropout of almost one stays finite, and one of one learns nothing")
  func dropout() throws {
    for dropout: Scalar in [0.999_999, 1] {
      var reft = Self.loReFT(.all, .layer)
      reft.dropout = dropout
      var options = TrainingOptions()
      options.epochs = 20
      var job = Finetuning(base: Self.decoder, reft, options: options)
      try job.run(on: SmallDecoder.examples) { _ in true }
      #expect(Self.tensors(job.model).allSatisfy { $0.largestMagnitude.isFinite })
      if dropout == 1 { #expect(Self.tensors(job.model.adaptation) == Self.tensors(reft)) }
    }
  }

  @Test(
    "whatever the learning rate and the clip, the model stays finite; at 0 no bit moves",
    arguments: [0, 1e-300, 1e3, 1e18, 1e30, 1e38, 1e300], [0, 1e-300, 1.0])
  func learningRate(rate: Double, clip: Double) {
    var options = TrainingOptions()
    (options.epochs, options.warmup, options.weightDecay) = (4, 0, 0.1)
    (options.learningRate, options.clip, options.schedule) = (rate, clip, .constant)
    let reft = Self.loReFT(.all, .layer)
    var job = Finetuning(base: Self.decoder, reft, options: options)
    do { try job.run(on: SmallDecoder.examples) { _ in true } } catch {
      // A rate that explodes says so, and the last good model is kept.
      #expect(rate > 1)
    }
    #expect(Self.tensors(job.model).allSatisfy { $0.largestMagnitude.isFinite })
    if rate == 0 { #expect(Self.tensors(job.model.adaptation) == Self.tensors(reft)) }
  }

  // MARK: A model that has blown up

  @Test("hidden states as large as numbers get are read by their direction alone")
  func largeHidden() throws {
    var decoder = GenerationTests.counting()
    decoder.embedding.weight = (Scalar.greatestFiniteMagnitude / 2) * decoder.embedding.weight
    let model = AdaptedDecoder(decoder, Unadapted())
    #expect(try model.generate(after: [0, 1], ends: [5], maxTokens: 10) == [2, 3, 4])
  }

  @Test("larger ones are infinite: nothing is right, and nothing is written")
  func infiniteHidden() throws {
    var decoder = GenerationTests.counting()
    let largest = Scalar.greatestFiniteMagnitude
    decoder.embedding.weight = largest * decoder.embedding.weight
    let edit = AddAfterBlock(layer: 0, vector: Tensor(repeating: largest, columns: 6))
    let model = AdaptedDecoder(decoder, edit)
    // Token 0 is what a sampler that compares NaN would take.
    let result = model.evaluate([TokenSequence(tokens: [5, 0], promptLength: 1)], threads: 1)
    #expect(result.accuracy == 0 && !result.loss.isFinite)
    #expect(throws: NotFinite(what: "the loss")) { try result.checked() }
    #expect(throws: NotFinite(what: "a logit")) {
      try model.generate(after: [5], ends: [], maxTokens: 3)
    }
    var classifying = model
    classifying.classifier = Classifier(width: 6, labelCount: 2, seed: 1)
    #expect(throws: NotFinite(what: "a logit")) { try classifying.label(of: [5]) }
  }
}

import Testing

@testable import TinyReFT

@Suite("Dev while training (docs/60-runs.md)")
struct DevWatchTests {
  private func examples(_ count: Int, from first: Int = 5) -> [TokenSequence] {
    (0..<count).map { TokenSequence(tokens: [first + $0 % 9, 6, 7 + $0 % 3], promptLength: 2) }
  }

  private var options: TrainingOptions {
    var options = TrainingOptions()
    (options.epochs, options.batchSize, options.learningRate) = (12, 2, 0.05)
    return options
  }

  private func job() -> Finetuning<ReFT<LoReFT>> {
    Finetuning(
      base: Decoder(BaseModelTests.configuration, seed: 1),
      ReFT(InterventionsDirectoryTests.configuration, start: .identity, seed: 2),
      options: options)
  }

  @Test(
    "0 looks never; a number looks at all of dev; nothing said, at a twelfth as many as train has")
  func cost() throws {
    func watch(_ train: Int, dev: Int = 256, _ every: Int?, _ keep: DevWatch.Keep = .last) -> Int? {
      DevWatch(dev: examples(dev), training: train, options, every: every, keep: keep)?
        .examples.count
    }
    #expect(watch(384, 0) == nil)
    #expect(watch(384, 5) == 256 && watch(384, nil, .best) == 256)
    #expect(watch(384, nil) == 32 && watch(40, nil) == 16 && watch(40, dev: 7, nil) == 7)
  }

  @Test("few examples are looked at after several epochs, so that it stays cheap")
  func interval() throws {
    for (train, steps) in [(384, [192]), (8, [96])] {
      let watch = try #require(
        DevWatch(dev: examples(16), training: train, options, every: nil))
      var record = RunRecord()
      let model = job().model
      let seen = (1...192).filter { step in
        record.losses = Array(repeating: 1, count: step)
        return watch.point(model, record, of: 0, threads: 1) != nil
      }
      #expect(seen == (train == 384 ? steps : [96, 192]))
    }
  }

  @Test(
    "points say what evaluation says of the model as it is, and the training loss since the last")
  func points() throws {
    let (train, dev) = (examples(4), examples(5, from: 9))
    var (job, seen) = (job(), [Double]())
    let watch = try #require(DevWatch(dev: dev, training: 4, options, every: 5))
    try job.run(on: train, watching: watch) { progress in
      if let loss = progress.dev?.loss { seen.append(loss) }
      return true
    }
    let record = job.record
    #expect(record.dev.map(\.step) == [5, 10, 15, 20, 24])
    #expect(seen.count == 20 && Set(seen).count == 5)
    let last = try #require(record.dev.last)
    #expect(abs(last.loss - job.model.evaluate(dev, threads: 1).loss) < 1e-6)
    #expect(abs(last.trainLoss - Double(record.losses.suffix(4).reduce(0, +)) / 4) < 1e-6)
    #expect(Tensor(points: record.dev).points == record.dev)
    for row in [
      [0.5, 1, 1, 1], [1, 1], [1, -1, 1, 1], [1, 1, 1, 2], [0, 1, 1, 1], [1e30, 1, 1, 1],
    ] {
      #expect(Tensor([row.map { Scalar($0) }]).points == nil, "\(row)")
    }
  }

  @Test("looking changes no bit of what is learned; the best state is kept where that is asked for")
  func keeps() throws {
    // The same prompts, and other answers: what is learned by heart makes dev worse.
    let train = examples(4)
    let dev = (0..<4).map { TokenSequence(tokens: [5 + $0, 6, 20], promptLength: 2) }
    var (alone, best) = (job(), job())
    try alone.run(on: train) { _ in true }
    let watch = try #require(
      DevWatch(dev: dev, training: 4, options, every: 1, keep: .best))
    try best.run(on: train, watching: watch) { _ in true }
    #expect(alone.record.losses == best.record.losses)
    let point = try #require(best.record.dev.best)
    #expect(point.step < 24 && point.loss < 0.9 * (best.record.dev.last?.loss ?? 0))
    #expect(abs(best.model.evaluate(dev, threads: 1).loss - point.loss) < 1e-6)

    var until = job()
    try until.run(on: train) { $0.step < point.step }
    #expect(
      best.model.adaptation.parameters.map(\.tensor)
        == until.model.adaptation.parameters.map(\.tensor))
  }

  @Test(
    "a part of dev is drawn evenly from all of it, for its kinds may stand one behind the other")
  func evenly() throws {
    let dev = (0..<256).map { TokenSequence(tokens: [$0, 1], promptLength: 1) }
    let watch = try #require(
      DevWatch(dev: dev, training: 384, TrainingOptions(), every: nil))
    // One of dev for twelve that are trained on: 32 of 256, each eighth.
    #expect(watch.examples.map { $0.tokens[0] } == (0..<32).map { 8 * $0 })
  }
}

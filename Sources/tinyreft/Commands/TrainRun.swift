import Foundation
import TinyReFT

/// `train` at work: prints what is going on, and writes what came of it.
struct TrainRun {
  let plan: TrainPlan
  let folder: RunFolder
  let checkpoints: Checkpointing
  let console: Console

  func run() throws {
    switch plan.method {
    case .reft(let c, let phi):
      try run(phi, c)
    case .rival(let c, let rival):
      let adapted = AdaptedBase(rival, c, of: plan.base.decoder, seed: plan.recipe.options.seed)
      try run(adapted.decoder, Unadapted(), learned: adapted.learned) { model, place in
        try Methods.registry?.write(model, c, base: plan.inputs.baseFingerprint, to: place)
      }
    }
  }

  private func run<Phi: InterventionFunction>(_ phi: Phi.Type, _ c: ReFTConfiguration) throws {
    try run(plan.base.decoder, try newInterventions(phi, c)) { model, place in
      try InterventionsDirectory.write(
        model.adaptation, c, base: plan.inputs.baseFingerprint, to: place)
    }
  }

  /// `save` writes what was learned to a folder.
  private func run<A: Adaptation>(
    _ decoder: Decoder, _ adaptation: A, learned: [String: String] = [:],
    save: (AdaptedDecoder<A>, URL) throws -> Void
  ) throws {
    let threads = plan.recipe.options.threads
    printHeader(AdaptedDecoder(decoder, adaptation, learned: learned).trainedCount)
    guard let before = try measureBefore() else {
      if goingOn.isEmpty { try folder.removeRun() }
      return console.print("Ended early, before training. " + goingOn)
    }

    var job = Finetuning(
      base: decoder, adaptation, classifier: plan.classifier, learned: learned,
      options: plan.recipe.options)
    /// What was learned. The report goes first and comes last: where one stands, all files are of its
    /// run, also when a kill falls in between.
    func write() throws {
      try RunReport.remove(from: folder.place())
      try writeClassifier(job.model.classifier, to: folder.place())
      try save(job.model, folder.place())
    }
    do {
      try train(&job)
      let (dev, test) = (plan.data.dev.examples, plan.data.test.examples)
      let after = try job.model.evaluate(test, threads: threads).checked()
      let chosenBy = try job.model.evaluate(dev, threads: threads).checked()
      console.print(
        "after     held-out accuracy " + console.paint(threeDigits(after.accuracy), .bold))
      try write()
      try report(job, before: before, after: after, dev: chosenBy)
      if isWhole(job) { try RunCheckpoint.remove(from: folder.place()) }
    } catch  where error is TrainingError || error is NotFinite {
      // The last good state is kept, and then the error is news all the same. It would come again.
      if error is NotFinite { job.takeBackLastUpdate() }
      try write()
      try folder.write("\(error)\n", to: RunFolder.diverged)
      console.print("The interventions before that step are in \(shown(folder.url))")
      try RunCheckpoint.remove(from: folder.place())
      throw Diverged(error)
    } catch {
      // The disk did not take something; the last checkpoint may be there.
      if !job.record.losses.isEmpty, !goingOn.isEmpty { console.print(goingOn) }
      throw error
    }
    try printExamples(before, job.model)
    console.print("wrote     \(shown(folder.url))")
  }

  private var goingOn: String { howToGoOn(TrainCommand.name, in: folder) }

  /// What the base can do before it is adapted; nil when the user did not want to wait for it.
  private func measureBefore() throws -> Before? {
    if let head = plan.classifier { return try measureProbe(head) }
    let base = AdaptedDecoder(plan.base.decoder, Unadapted())
    let threads = plan.recipe.options.threads
    let result = try base.evaluate(plan.data.test.examples, threads: threads).checked()
    console.print("before    held-out accuracy \(threeDigits(result.accuracy))")
    return Before(accuracy: result.accuracy)
  }

  private var totalSteps: Int {
    Trainer<Unadapted>.steps(examples: plan.data.train.items.count, options: plan.recipe.options)
  }

  private func newInterventions<Phi: InterventionFunction>(
    _ phi: Phi.Type, _ c: ReFTConfiguration
  ) throws -> ReFT<Phi> {
    var reft = ReFT<Phi>(
      c, start: plan.recipe.start, seed: plan.recipe.options.seed)
    if let initial = plan.initial,
      let loaded = try InterventionsDirectory.read(
        initial, for: plan.base.decoder.configuration
      ).adaptation as? ReFT<Phi>
    {
      reft = loaded
    }
    reft.dropout = plan.recipe.dropout
    return reft
  }

  private func train(_ job: inout Finetuning<some Adaptation>) throws {
    let progress = ProgressLine(
      "train   ", total: totalSteps, from: checkpoints.stepsTaken, on: console)
    var departure: Scalar?
    try job.run(on: plan.data.train.examples, checkpoints: checkpoints) { step in
      departure = step.departure ?? departure
      progress.update(step.step) {
        let orthonormal = departure.map { "  |RRᵀ−I| \(threeDigits(Double($0)))" } ?? ""
        return "loss \(threeDigits(step.loss))  "
          + "\(grouped(Int(step.tokensPerSecond))) tokens/s\(orthonormal)"
      }
      return !console.interruption.isRequested
    }
    progress.finish()
    if !isWhole(job) {
      console.print(
        "Ended early, after \(grouped(job.record.losses.count)) of \(grouped(totalSteps)) steps. "
          + goingOn)
    }
  }

  private func isWhole(_ job: Finetuning<some Adaptation>) -> Bool {
    job.record.losses.count == totalSteps
  }
}

// MARK: What is printed

extension TrainRun {
  private func printHeader(_ trained: Int) {
    let (c, o) = (plan.base.decoder.configuration, plan.recipe.options)
    let share = 100 * Double(trained) / Double(c.parameterCount)
    console.print(
      "base      \(shown(plan.inputs.baseDirectory)): \(c.layerCount) blocks, hidden size "
        + "\(c.hiddenSize), \(grouped(c.parameterCount)) parameters, frozen")
    console.print(
      "task      \(plan.inputs.task): \(grouped(plan.data.train.items.count)) examples to train on, "
        + "\(grouped(plan.data.test.items.count)) held out")
    console.print(
      "method    \(plan.method.description): "
        + console.paint("\(grouped(trained)) parameters", .bold) + " (\(threeDigits(share)) %)")
    printClassifier()
    if checkpoints.stepsTaken > 0 {
      console.print(
        "resumed   after step \(grouped(checkpoints.stepsTaken)) of \(grouped(totalSteps))")
    }
    console.print("edits     \(pictured(plan.data.train.examples[0]))")
    console.print(
      "training  \(o.epochs) epochs of batches of \(o.batchSize), learning rate "
        + "\(o.learningRate), seed \(o.seed), \(o.threads) threads, \(Scalar.self)")
  }

  /// The first prompt with its edited tokens in brackets: what the positions mean, before training.
  private func pictured(_ example: TokenSequence) -> String {
    return (0..<example.promptLength).map { place in
      let text = printable(example.tokens[place], after: Array(example.tokens[..<place]))
      let isEdited = plan.method.edits(place, of: example.promptLength)
      return isEdited ? console.paint("[\(text)]", .cyan) : text
    }.joined()
  }

  /// A token as one can print it: what is not printable ASCII as `\x0A`, special ones by their
  /// place. What it adds to those before it, for the first space of a text may be left out.
  private func printable(_ token: Int, after tokens: [Int]) -> String {
    let tokenizer = plan.base.tokenizer
    if token == tokenizer.beginningOfText { return "<s>" }
    if token == tokenizer.endOfText { return "</s>" }
    let before = tokenizer.decodeBytes(tokens).count
    return tokenizer.decodeBytes(tokens + [token]).dropFirst(before).map { byte in
      (32..<127).contains(byte)
        ? String(UnicodeScalar(byte)) : "\\x" + String(byte, radix: 16, uppercase: true)
    }.joined()
  }

  /// A few held-out prompts, completed by the base and by the adapted base.
  private func printExamples(
    _ before: Before, _ adapted: AdaptedDecoder<some Adaptation>
  ) throws {
    if let probe = before.probe { return try printLabels(probe, adapted) }
    let tokenizer = plan.base.tokenizer
    let base = AdaptedDecoder(plan.base.decoder, Unadapted())
    console.print()
    for (item, example) in zip(plan.data.test.items, plan.data.test.examples).prefix(4) {
      let prompt = Array(example.tokens[..<example.promptLength])
      let length = example.tokens.count - example.promptLength + 8
      let (ends, threads) = (plan.base.ends, plan.recipe.options.threads)
      let before = try base.generate(after: prompt, ends: ends, maxTokens: length, threads: threads)
      let after = try adapted.generate(
        after: prompt, ends: ends, maxTokens: length, threads: threads)
      let isRight = tokenizer.decode(after) == item.completion
      console.print(
        "  \(item.prompt.debugDescription)  base \(tokenizer.decode(before).debugDescription)  adapted "
          + console.paint(tokenizer.decode(after).debugDescription, isRight ? .green : .red))
    }
    console.print()
  }
}

// MARK: What is written

extension TrainRun {
  private func report(
    _ job: Finetuning<some Adaptation>, before: Before, after: Evaluation, dev: Evaluation
  ) throws {
    let (o, model) = (plan.recipe.options, job.model)
    let done = job.record
    let last = done.losses.suffix(max(1, done.losses.count / 10)).map { Double($0) }
    var report = RunReport(
      method: plan.method.name, task: plan.inputs.task, baseAccuracy: before.accuracy,
      accuracy: after.accuracy, devAccuracy: dev.accuracy, heldOut: after.count,
      trainableParameters: model.adaptationOnly.parameterCount
        - (plan.classifier?.parameterCount ?? 0),
      baseParameters: plan.base.decoder.configuration.parameterCount, steps: done.losses.count,
      seconds: done.seconds, tokensPerSecond: Double(done.tokens) / max(done.seconds, 1e-9),
      finalLoss: last.reduce(0, +) / Double(max(1, last.count)),
      orthonormality: model.adaptation.departure.map { Double($0) }, seed: o.seed,
      threads: o.threads, peakMemoryMB: peakMemory(), interrupted: !isWhole(job),
      arguments: plan.commandLine)
    report.base = plan.inputs.baseDirectory.standardizedFileURL.path
    report.baseFingerprint = plan.inputs.baseFingerprint
    report.dataFingerprint = plan.data.fingerprint.text
    report.majorityAccuracy = before.majority
    report.probeLearningRate = before.probe?.learningRate
    report.classifierParameters = plan.classifier?.parameterCount
    try job.lossCurve.write(to: folder.place().appending(path: RunReport.curve))
    try report.write(to: folder.place())
  }
}

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
      let after = try job.model.measure(on: plan.data, threads: threads)
      printMeasured("after", after)
      try write()
      try report(job, before: before, after: after)
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
    let result = try base.measure(on: plan.data, threads: plan.recipe.options.threads)
    printMeasured("before", result)
    return Before(measured: result)
  }

  var totalSteps: Int {
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
    let watch = plan.watch
    try job.run(
      on: plan.data.train.examples, watching: watch, checkpoints: checkpoints
    ) { step in
      departure = step.departure ?? departure
      progress.update(step.step) {
        [
          "loss \(threeDigits(step.loss))", step.dev.map { "dev \(threeDigits($0.loss))" },
          "\(threeDigits(step.tokensPerSecond)) tokens/s",
          departure.map { "|RRᵀ−I| \(threeDigits(Double($0)))" },
        ].compactMap(\.self)
      }
      return !console.interruption.isRequested
    }
    progress.finish()
    printAdvice(job.record)
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

// MARK: What is written

extension TrainRun {
  private func report(
    _ job: Finetuning<some Adaptation>, before: Before, after: Measured
  ) throws {
    let (o, model) = (plan.recipe.options, job.model)
    let done = job.record
    let last = done.losses.suffix(max(1, done.losses.count / 10)).map { Double($0) }
    var report = RunReport()
    (report.method, report.task) = (plan.method.name, plan.inputs.task)
    (report.baseAccuracy, report.accuracy) = (before.measured.test.accuracy, after.test.accuracy)
    (report.devAccuracy, report.heldOut) = (after.dev.accuracy, after.test.count)
    (report.before, report.after) = (before.measured, after)
    report.trainableParameters =
      model.adaptationOnly.parameterCount - (plan.classifier?.parameterCount ?? 0)
    report.baseParameters = plan.base.decoder.configuration.parameterCount
    (report.steps, report.seconds) = (done.losses.count, done.seconds)
    report.tokensPerSecond = Double(done.tokens) / max(done.seconds, 1e-9)
    report.finalLoss = last.reduce(0, +) / Double(max(1, last.count))
    report.orthonormality = model.adaptation.departure.map { Double($0) }
    (report.seed, report.threads) = (Int(o.seed), o.threads)
    (report.peakMemoryMB, report.interrupted) = (peakMemory(), !isWhole(job))
    report.arguments = plan.commandLine
    report.base = plan.inputs.baseDirectory.standardizedFileURL.path
    report.baseFingerprint = plan.inputs.baseFingerprint
    report.dataFingerprint = plan.data.fingerprint.text
    report.majorityAccuracy = before.majority
    report.probeLearningRate = before.probe?.learningRate
    report.classifierParameters = plan.classifier?.parameterCount
    report.curve = done.dev.isEmpty ? nil : done.dev
    let curve = job.lossCurve(of: "\(report.task), \(report.method): loss")
    try curve.write(to: folder.place().appending(path: RunReport.curve))
    try report.write(to: folder.place())
  }
}

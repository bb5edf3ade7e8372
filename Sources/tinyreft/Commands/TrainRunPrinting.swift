import TinyReFT

// What `train` prints before it begins and after it has learned.

extension TrainRun {
  /// With fewer, even what is easily learned is often not.
  private static let fewSteps = 60

  func printHeader(_ trained: Int) {
    let (c, o) = (plan.base.decoder.configuration, plan.recipe.options)
    let share = 100 * Double(trained) / Double(c.parameterCount)
    console.print(
      "base      \(shown(plan.inputs.baseDirectory)): \(c.layerCount) blocks, hidden size "
        + "\(c.hiddenSize), \(grouped(c.parameterCount)) parameters, frozen")
    console.print(
      "task      \(plan.inputs.task): \(grouped(plan.data.train.items.count)) examples to train on, "
        + "\(grouped(plan.data.dev.items.count)) to choose by, "
        + "\(grouped(plan.data.test.items.count)) held out"
        + (plan.inputs.place.isOneFile ? ", split by prompt" : ""))
    // By tokens: texts are equal that have other bytes.
    let seen = Set(plan.data.train.examples.map(\.tokens))
    let both = plan.data.test.examples.count { seen.contains($0.tokens) }
    if both > 0 {
      console.print(
        "shared    \(grouped(both)) of the held-out items are in train too, and say nothing of others"
      )
    }
    if plan.classifier == nil { printEndToken() }
    console.print(
      "method    \(plan.method.description): "
        + console.paint("\(grouped(trained)) parameters", .bold) + " (\(threeDigits(share)) %)")
    printClassifier()
    if checkpoints.stepsTaken > 0 {
      console.print(
        "resumed   after step \(grouped(checkpoints.stepsTaken)) of \(grouped(totalSteps))")
    }
    if totalSteps < Self.fewSteps {
      console.print(
        "steps     \(grouped(totalSteps)) in all, which is few to learn by; more --epochs, or a smaller "
          + "--batch-size")
    }
    console.print("edits     \(pictured(plan.data.train.examples[0]))")
    let all = o.batchSize > plan.data.train.items.count ? ", all examples at once" : ""
    let few = o.threads > coreCount ? " on \(coreCount) cores" : ""
    console.print(
      "training  \(o.epochs) epochs of batches of \(o.batchSize)\(all), learning rate "
        + "\(o.learningRate), seed \(o.seed), \(o.threads) threads\(few), \(Scalar.self)")
  }

  private func printEndToken() {
    let (base, end) = (plan.base, plan.base.tokenizer.endOfText)
    guard let twin = base.twinOfEnd else { return }
    let other = base.otherEnd.map { "\($0) could serve: name it" } ?? "name another token"
    console.print(
      "end       this base cannot tell \(oneLine(base.tokenizer.name(of: end))), which ends a completion, from "
        + "\(oneLine(base.tokenizer.name(of: twin))): it has never read it; \(other) as \"eos_token\" in "
        + "its tokenizer_config.json")
  }

  /// The first prompt with its edited tokens in brackets: what the positions mean, before training.
  private func pictured(_ example: TokenSequence) -> String {
    var stream = Tokenizer.Stream(plan.base.tokenizer)
    return (0..<example.promptLength).map { place in
      let text = printable(example.tokens[place], &stream)
      let isEdited = plan.method.edits(place, of: example.promptLength)
      return isEdited ? console.paint("[\(text)]", .cyan) : text
    }.joined()
  }

  /// A token as one can print it: special ones by their place, and what is no whole character, or controls
  /// something, as `\x0A`.
  private func printable(_ token: Int, _ stream: inout Tokenizer.Stream) -> String {
    let tokenizer = plan.base.tokenizer
    if token == tokenizer.beginningOfText { return "<s>" }
    if token == tokenizer.endOfText { return "</s>" }
    let bytes = stream.bytes(of: token)
    if let text = String(validating: bytes, as: UTF8.self), oneLine(text) == text { return text }
    return bytes.map { byte in
      (32..<127).contains(byte)
        ? String(UnicodeScalar(byte)) : "\\x" + String(byte, radix: 16, uppercase: true)
    }.joined()
  }

  /// Of the held-out examples and of dev: what share of completions is right, what share of their tokens,
  /// which for labels is the same, and the loss.
  func printMeasured(_ name: String, _ measured: Measured) {
    func all(_ result: Evaluation, of what: String) -> String {
      let tokens =
        plan.classifier == nil ? ", tokens \(threeDigits(result.tokenAccuracy))" : ""
      return "\(what) accuracy " + console.paint(threeDigits(result.accuracy), .bold)
        + "\(tokens), loss \(threeDigits(result.loss))"
    }
    console.print(
      name.padding(toLength: 10, withPad: " ", startingAt: 0)
        + all(measured.test, of: "held-out") + "; " + all(measured.dev, of: "dev"))
  }

  /// What the loss on dev says of the length of the run: that it was too long, or too short.
  func printAdvice(_ record: RunRecord) {
    guard let best = record.dev.best, let last = record.dev.last else { return }
    guard best.loss < 0.95 * last.loss else {
      let before = record.dev.last { $0.step <= last.step * 3 / 4 }
      if let before, last.loss < 0.97 * before.loss, last.accuracy < 0.95 {
        console.print(
          "dev       the loss was still falling, from \(threeDigits(before.loss)) to "
            + "\(threeDigits(last.loss)) in the last quarter; more --epochs may help")
      }
      return
    }
    let keeps = plan.recipe.keep == .best
    let epoch = (best.step * plan.recipe.options.epochs + totalSteps - 1) / max(1, totalSteps)
    let what =
      keeps
      ? "and that state is kept"
      : "and rose to \(threeDigits(last.loss)); --keep best keeps that state"
    console.print(
      "dev       the loss was least after step \(grouped(best.step)), in epoch \(grouped(epoch)), "
        + "\(threeDigits(best.loss)), " + what)
  }

  /// A few held-out prompts, completed by the base and by the adapted base.
  func printExamples(
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
      func text(_ tokens: [Int]) -> String {
        tokenizer.decode(tokens).debugDescription + (tokens.count == length ? "…" : "")
      }
      let isRight = tokenizer.decode(after) == item.completion
      console.print(
        "  \(item.prompt.debugDescription)  base \(text(before))  adapted "
          + console.paint(text(after), isRight ? .green : .red))
    }
    console.print()
  }
}

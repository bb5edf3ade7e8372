import Foundation
import TinyReFT

/// `tinyreft generate`: what does it say?
struct GenerateCommand: Subcommand {
  static let name = "generate"

  static let summary = "Continue a prompt, by the base and by the adapted base side by side."

  static let discussion = """
    Interventions edit the prompt's hidden states once; the tokens that follow are computed as \
    ever, and cost nothing extra. Rivals, and interventions at every position, act on those too. \
    Interventions that were trained on labels answer with a label and its probability.
    """

  static let endsEarly = true

  var given: Set<String> = []
  var materials = Materials()
  var prompt = ""
  var maxTokens = 32
  var temperature = 0.0
  var seed: UInt64 = 1
  var threads = coreCount

  static let groups: [SettingGroup<Self>] = [
    SettingGroup(
      "What",
      [
        .base(\.materials.base), .interventions(\.materials.interventions),
        Setting("prompt", \.prompt, .text, isRequired: true, "The text to go on from."),
      ]),
    SettingGroup(
      "How",
      [
        Setting(
          "max-tokens", \.maxTokens, .whole(in: 1...1_000_000),
          "Longest continuation; it ends earlier at the end token."),
        Setting(
          "temperature", \.temperature, .number("of at least 0", called: "T") { $0 >= 0 },
          "0 takes the likeliest token every time; 1 draws as the base believes; above 1 is wilder."
        ),
        .seed(\.seed), .threads(\.threads),
      ]),
  ]

  static let examples = [
    Example(
      "tinyreft generate --prompt 'loud pig -> '",
      "The toy base knows this cue, and answers PIG."),
    Example(
      "tinyreft generate --prompt 'do pig -> ' --interventions runs/loud-loreft --temperature 0.8",
      "A cue that leaves open what to do: the base guesses, the adapted one shouts."),
  ]

  func run(on console: Console) throws {
    var base = try materials.readBase(on: console).base
    let tokens = base.tokenizer.prompt(prompt)
    let context = base.decoder.configuration.contextLength
    guard !tokens.isEmpty, tokens.count < context else {
      throw UsageError(
        "The prompt has \(tokens.count) tokens; this base continues 1 to \(context - 1).")
    }
    if let token = base.tokenizer.unknownToModel(tokens) {
      throw UsageError("The prompt has the token \(quoted(token)), for which this base has no row.")
    }
    guard let interventions = materials.interventions else {
      return try write(Unadapted(), base, tokens, on: console)
    }
    let (frozen, width) = (base, base.decoder.configuration.hiddenSize)
    let adaptation = try materials.readInterventions(for: &base.decoder).adaptation
    if let classifier = try ClassifierDirectory.read(URL(filePath: interventions), width: width) {
      return try write(classifier, adaptation, base, tokens, on: console)
    }
    console.write(console.safe(console.paint("base     ", .dim)))
    try write(Unadapted(), frozen, tokens, on: console)
    console.write(console.safe(console.paint("adapted  ", .dim)))
    try write(adaptation, base, tokens, on: console)
  }

  /// Prints the label that a classifier gives, and how likely it finds it.
  private func write(
    _ classifier: (head: Classifier, labels: [String]), _ adaptation: some Adaptation,
    _ base: BaseModel, _ tokens: [Int], on console: Console
  ) throws {
    let model = AdaptedDecoder(base.decoder, adaptation, classifier.head)
    try checkRoom(tokens.count, takenBy: base.decoder.takenContext, in: base.decoder.configuration)
    let label = try model.label(of: tokens)
    let chosen = TokenSequence(tokens: tokens + [label], promptLength: tokens.count)
    let probability = exp(-model.evaluate([chosen], threads: threads).loss)
    console.print("\(classifier.labels[label])  probability \(threeDigits(probability))")
  }

  /// How many bytes at the end begin a character that others may complete.
  static func unfinished(_ bytes: [UInt8]) -> Int {
    let tail = bytes.reversed().prefix(3)
    guard let back = tail.firstIndex(where: { $0 & 0xC0 != 0x80 }) else { return 0 }
    let length = tail[back] < 0xC0 ? 1 : tail[back] < 0xE0 ? 2 : tail[back] < 0xF0 ? 3 : 4
    let count = tail.distance(from: tail.startIndex, to: back) + 1
    return count < length ? count : 0
  }

  /// Prints each token as it comes, once its bytes make up whole characters. Bytes that are none become
  /// U+FFFD.
  private func write(
    _ adaptation: some Adaptation, _ base: BaseModel, _ tokens: [Int], on console: Console
  ) throws {
    let sampler = Sampler(temperature: temperature, seed: seed)
    var (pending, count, stream) = ([UInt8](), 0, Tokenizer.Stream(base.tokenizer))
    let model = AdaptedDecoder(base.decoder, adaptation)
    try checkRoom(
      tokens.count + 1, takenBy: base.decoder.takenContext, in: base.decoder.configuration)
    var began: ContinuousClock.Instant?
    _ = try model.generate(
      after: tokens, ends: base.ends, maxTokens: maxTokens, sampler: sampler, threads: threads
    ) { token in
      count += 1
      began = began ?? .now
      pending += stream.bytes(of: token)
      let whole = pending.count - Self.unfinished(pending)
      console.writeText(String(decoding: pending[..<whole], as: UTF8.self))
      pending.removeFirst(whole)
      return !console.interruption.isRequested
    }
    console.writeText(String(decoding: pending, as: UTF8.self) + "\n")
    // For a person only: what goes into a pipe is the text. The first token waits for the prompt.
    guard console.isLive, let began, count > 1 else { return }
    let speed = Double(count - 1) / max((ContinuousClock.now - began) / .seconds(1), 1e-9)
    console.print(
      console.paint("\(grouped(count)) tokens, \(threeDigits(speed)) a second", .dim))
  }
}

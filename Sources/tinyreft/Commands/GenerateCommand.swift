import Foundation
import TinyReFT

/// `tinyreft generate`: what does it write?
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
  var prompt, prompts: String?
  var isAdaptedAlone = false
  var json = false
  var maxTokens = 32
  var temperature = 0.0
  var topP = 1.0
  var stop: String?
  var seed: UInt64 = 1
  var threads = coreCount

  static let groups: [SettingGroup<Self>] = [
    SettingGroup(
      "What",
      [
        .base(\.materials.base), .interventions(\.materials.interventions),
        Setting(
          "prompt", \.prompt, .text, absence: "those of --prompts", "The text to go on from."),
        Setting(
          "prompts", \.prompts, .path("FILE"), absence: "that of --prompt",
          "Many texts: one a line, or with 'prompt' in the objects of a .jsonl file."),
        Setting(
          switch: "adapted-only", \.isAdaptedAlone, "Leave out what the base alone says."),
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
        Setting(
          "top-p", \.topP, .number("above 0 and at most 1", called: "P") { $0 > 0 && $0 <= 1 },
          "Draw only from the likeliest tokens that have this share of the probability together."),
        Setting(
          "stop", \.stop, .text, absence: "nothing but the end token",
          "End where this text comes, and leave it out."),
        .seed(\.seed), .threads(\.threads),
        Setting(switch: "json", \.json, "Print one JSON object for each prompt."),
      ]),
  ]

  static let examples = [
    Example(
      "tinyreft generate --prompt 'loud pig -> '",
      "The toy base knows this cue, and answers PIG."),
    Example(
      "tinyreft generate --prompt 'do pig -> ' --interventions runs/loud-loreft --temperature 0.8",
      "A cue that leaves open what to do: the base guesses, the adapted one shouts."),
    Example(
      "tinyreft generate --prompts words.txt --interventions runs/loud-loreft --adapted-only --json",
      "Work: a file of prompts, and a line of JSON for each."),
  ]

  /// What goes on: the base, or the adapted base.
  private struct Voice {
    let name: String
    var label: String { name.padding(toLength: 9, withPad: " ", startingAt: 0) }
    let adaptation: any Adaptation
    let decoder: Decoder
  }

  func run(on console: Console) throws {
    var base = try materials.readBase(on: console).base
    let texts = try readPrompts(for: base)
    var voices = [Voice(name: "base", adaptation: Unadapted(), decoder: base.decoder)]
    if let interventions = materials.interventions {
      let width = base.decoder.configuration.hiddenSize
      let adaptation = try materials.readInterventions(for: &base.decoder).adaptation
      if let classifier = try ClassifierDirectory.read(URL(filePath: interventions), width: width) {
        return try writeLabels(classifier, adaptation, base, texts, on: console)
      }
      voices.append(Voice(name: "adapted", adaptation: adaptation, decoder: base.decoder))
      if isAdaptedAlone { voices.removeFirst() }
    }
    for text in texts where !console.interruption.isRequested {
      var object: [String: String] = ["prompt": text.text]
      if prompts != nil, !json {
        console.print(console.paint("prompt   ", .dim) + text.text.debugDescription)
      }
      for voice in voices {
        if voices.count > 1, !json {
          console.write(
            console.safe(console.paint(voice.label, .dim)))
        }
        object[voice.name] = try goOn(
          voice.adaptation, from: text, base, voice.decoder, on: console)
      }
      if json { try console.print(JSONObject(object)) }
    }
  }

  /// All of them, checked before the first is answered.
  private func readPrompts(for base: BaseModel) throws -> [Prompt] {
    if isAdaptedAlone, materials.interventions == nil {
      throw UsageError("--adapted-only needs --interventions.")
    }
    if topP < 1, temperature == 0 { throw UsageError("--top-p needs a --temperature above 0.") }
    if stop?.isEmpty == true { throw UsageError("--stop needs a text of at least one character.") }
    switch (prompt, prompts) {
    case (nil, nil): throw UsageError("Missing flag '--prompt TEXT' or '--prompts FILE'.")
    case (let text?, nil):
      do { return [try Prompt(text, for: base)] } catch { throw UsageError("\(error).") }
    case (nil, let path?): return try Prompt.read(URL(filePath: path), for: base)
    default: throw UsageError("Write --prompt or --prompts, and not both.")
    }
  }

  /// Prints the label that a classifier gives to each, and how likely it finds it.
  private func writeLabels(
    _ classifier: (head: Classifier, labels: [String]), _ adaptation: some Adaptation,
    _ base: BaseModel, _ texts: [Prompt], on console: Console
  ) throws {
    let model = AdaptedDecoder(base.decoder, adaptation, classifier.head)
    for text in texts where !console.interruption.isRequested {
      let tokens = text.tokens
      try checkRoom(
        tokens.count, takenBy: base.decoder.takenContext, in: base.decoder.configuration)
      let number = try model.label(of: tokens)
      let chosen = TokenSequence(tokens: tokens + [number], promptLength: tokens.count)
      let probability = exp(-model.evaluate([chosen], threads: threads).loss)
      let label = classifier.labels[number]
      if json {
        try console.print(
          JSONObject(["prompt": text.text, "label": label, "probability": probability]))
      } else {
        let asked = prompts == nil ? "" : "  " + text.text.debugDescription
        console.print("\(label)  probability \(threeDigits(probability))\(asked)")
      }
    }
  }

  /// Prints each token as it comes, once its bytes make up whole characters; as JSON none is printed.
  private func goOn(
    _ adaptation: some Adaptation, from prompt: Prompt, _ base: BaseModel, _ decoder: Decoder,
    on console: Console
  ) throws -> String {
    var sampler = Sampler(temperature: temperature, topP: topP, seed: seed)
    var (answer, count) = ("", 0)
    var (bytes, text) = (Tokenizer.Stream(base.tokenizer), TextStream(stop: stop))
    let model = AdaptedDecoder(decoder, adaptation)
    try checkRoom(
      prompt.tokens.count + 1, takenBy: decoder.takenContext, in: decoder.configuration)
    func write(_ text: String) {
      if json { answer += text } else { console.writeText(text) }
    }
    var began: ContinuousClock.Instant?
    _ = try model.generate(
      after: prompt.tokens, ends: base.ends, maxTokens: maxTokens, threads: threads
    ) { token in
      count += 1
      began = began ?? .now
      write(text.text(after: bytes.bytes(of: token)))
      return !text.isOver && !console.interruption.isRequested
    } choose: {
      sampler.next($0)
    }
    write(text.rest())
    guard !json else { return answer }
    console.writeText("\n")
    // For a person only: what goes into a pipe is the text. The first token waits for the prompt.
    guard console.isLive, prompts == nil, let began, count > 1 else { return "" }
    let speed = Double(count - 1) / max((ContinuousClock.now - began) / .seconds(1), 1e-9)
    console.print(
      console.paint("\(grouped(count)) tokens, \(threeDigits(speed)) a second", .dim))
    return ""
  }
}

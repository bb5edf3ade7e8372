import Foundation
import TinyReFT

/// `tinyreft trace`: what every layer computes, for checking against PyTorch.
struct TraceCommand: Subcommand {
  static let name = "trace"

  static let summary = "Write hidden states, logits, loss and gradients of one example to a file."

  static let discussion = """
    The file is a safetensors file: hidden.0 has the embeddings, hidden.1 what block 0 and its \
    interventions make of them, and so on; logits, loss and grad.NAME follow. Gradients are those \
    of the interventions, or of every weight of the base when there are none.
    """

  var given: Set<String> = []
  var materials = Materials()
  var prompt, completion: String?
  var tokens: [Int]?
  var promptLength: Int?
  var out = ""

  static let groups: [SettingGroup<Self>] = [
    SettingGroup(
      "What", [.base(\.materials.base), .interventions(\.materials.interventions)]),
    SettingGroup(
      "The example",
      [
        Setting(
          "prompt", \.prompt, .text, absence: "--tokens", "A text, whose tokens are printed."),
        Setting(
          "completion", \.completion, .text, absence: "nothing follows the prompt",
          "What shall follow it, the end token behind: the loss is measured on that."),
        Setting(
          "tokens", \.tokens, .wholes, absence: "those of --prompt",
          "Token ids instead, prompt and completion, such as 256,100,111,32."),
        Setting(
          "prompt-length", \.promptLength, .whole(in: 1...Int.max), absence: "as --prompt is long",
          "How many of the tokens are the prompt."),
      ]),
    SettingGroup(
      "Where",
      [Setting("out", \.out, .path("FILE"), isRequired: true, "The safetensors file to write.")]),
  ]

  static let examples = [
    Example(
      "tinyreft trace --prompt 'loud pig -> ' --completion PIG --out pig.safetensors",
      "The same from a text, whose ids are printed."),
    Example(
      "tinyreft trace --tokens 256,100,111,32 --prompt-length 3 --out base.safetensors",
      "Every hidden state of the toy base, and the gradient of every weight."),
    Example(
      "tinyreft trace --interventions runs/loud-loreft --tokens 256,100,111,32 --prompt-length 3 "
        + "--out x",
      "The same through an edit, and the gradients of R, W and b."),
  ]

  func run(on console: Console) throws {
    let url = URL(filePath: out)
    guard Self.isFree(url) else {
      throw UsageError("\(shown(url)) is there and is no trace; choose another --out.")
    }
    try createFolder(url.deletingLastPathComponent())
    var (directory, decoder, example) = try readExample(on: console)
    let (adaptation, learned) = try materials.readInterventions(for: &decoder)
    let trace = try trace(adaptation, decoder, learned, example)
    try trace.write(to: url)
    let targets = example.tokens.count - example.promptLength
    let loss = Double(trace.tensors["loss"]?.tensor[0, 0] ?? 0)
    console.print("base      \(shown(directory))")
    console.print("tokens    \(example.promptLength) of the prompt, \(targets) behind it")
    let ids = { (tokens: ArraySlice<Int>) in tokens.map(String.init).joined(separator: ",") }
    console.print("ids       \(ids(example.tokens[..<example.promptLength]))")
    if targets > 0 { console.print("behind    \(ids(example.tokens[example.promptLength...]))") }
    console.print("loss      \(threeDigits(loss)) nats per token")
    console.print("wrote     \(shown(url)), \(trace.tensors.count) tensors")
  }

  private func trace(
    _ adaptation: some Adaptation, _ decoder: Decoder, _ learned: [String: String],
    _ example: TokenSequence
  ) throws -> Safetensors {
    let model = AdaptedDecoder(decoder, adaptation, learned: learned)
    try checkRoom(example.tokens.count, takenBy: decoder.takenContext, in: decoder.configuration)
    return model.trace(example)
  }

  /// The flags' example. Ids need no tokenizer, and so no text that a base has one for.
  private func readExample(
    on console: Console
  ) throws -> (directory: URL, decoder: Decoder, example: TokenSequence) {
    switch (prompt, tokens, promptLength) {
    case (let prompt?, nil, nil):
      let (directory, base) = try materials.readBase(on: console)
      do {
        let text = try Prompt(prompt, for: base)
        let answer = completion.map { base.tokenizer.encode($0) + [base.tokenizer.endOfText] } ?? []
        let example = try example(
          text.tokens + answer, text.tokens.count, for: base.decoder.configuration)
        return (directory, base.decoder, example)
      } catch let problem as Refusal { throw UsageError("\(problem).") }
    case (nil, let tokens?, let length?):
      guard completion == nil else { throw UsageError("--completion needs --prompt.") }
      let (directory, decoder) = try materials.readDecoder(on: console)
      let example = try example(tokens, length, for: decoder.configuration)
      return (directory, decoder, example)
    default:
      throw UsageError("Write --prompt TEXT, or --tokens LIST and --prompt-length N.")
    }
  }

  /// An example, if this decoder can read it.
  private func example(
    _ tokens: [Int], _ promptLength: Int, for decoder: DecoderConfiguration
  ) throws -> TokenSequence {
    let (vocabulary, context) = (decoder.vocabularySize, decoder.contextLength)
    if let token = tokens.first(where: { $0 >= vocabulary }) {
      throw UsageError("There is no token \(token); this base has 0 to \(vocabulary - 1).")
    }
    guard tokens.count <= context else {
      throw UsageError("\(tokens.count) tokens are more than this base reads, \(context).")
    }
    guard promptLength <= tokens.count else {
      throw UsageError(
        "A prompt of \(promptLength) is longer than --tokens, which has \(tokens.count).")
    }
    return TokenSequence(tokens: tokens, promptLength: promptLength)
  }

  /// Whether nothing is lost by writing there: no file, an empty one, or an older trace.
  private static func isFree(_ url: URL) -> Bool {
    guard RunFolder.holds([url.lastPathComponent], at: url.deletingLastPathComponent()) else {
      return true
    }
    // A device has no size either, and would be replaced by the file that is moved into its place.
    guard !RunFolder.isLink(url) else { return false }
    let values = try? url.resourceValues(forKeys: [.fileSizeKey, .isRegularFileKey])
    let isEmpty = values?.isRegularFile == true && values?.fileSize == 0
    return isEmpty || (try? Safetensors.names(in: url))?.contains("hidden.0") == true
  }
}

import Foundation
import TinyReFT

/// What a command works with: the base, a task, and interventions that may say which base and task are
/// theirs.
struct Materials: Sendable {
  /// Paths as they were typed.
  var base, interventions, task: String?

  /// The base that `--base` names, or that of the interventions, or the toy world's.
  func readBase(on console: Console) throws -> (directory: URL, base: BaseModel) {
    try readBase(on: console, BaseModel.read, decoder: \.decoder)
  }

  /// The same for what has no text.
  func readDecoder(on console: Console) throws -> (directory: URL, base: Decoder) {
    try readBase(on: console, BaseModel.readDecoder, decoder: \.self)
  }

  private func readBase<Model>(
    on console: Console, _ read: (URL) throws -> Model, decoder: (Model) -> Decoder
  ) throws -> (directory: URL, base: Model) {
    let origin = try RunOrigin(interventions)
    if let base {
      let directory = URL(filePath: base)
      let model = try read(directory)
      origin?.warn(ofBase: decoder(model), on: console)
      return (directory, model)
    }
    if let found = try origin?.base(read, decoder: decoder) { return found }
    let directory = try DataFolder.find().appending(path: "base")
    return (directory, try read(directory))
  }

  /// The task that `--task` names, or that of the interventions, or the main job's.
  func taskName() throws -> String { try task ?? RunOrigin(interventions)?.task() ?? "loud" }

  /// What `--interventions` names, or nothing. A rival hangs in the decoder, which may get other weights
  /// by it; `learned` says what of the decoder was trained.
  func readInterventions(
    for decoder: inout Decoder
  ) throws -> (adaptation: any Adaptation, learned: [String: String]) {
    guard let interventions else { return (Unadapted(), [:]) }
    let directory = URL(filePath: interventions)
    guard let registry = Methods.registry, registry.isOne(directory) else {
      let c = decoder.configuration
      return (try InterventionsDirectory.read(directory, for: c).adaptation, [:])
    }
    let adapted = try registry.read(directory, for: decoder).adapted
    decoder = adapted.decoder
    return (Unadapted(), adapted.learned)
  }
}

/// Throws when a text of so many tokens has no room: in the context beside the places that a method takes,
/// or in memory.
func checkRoom(
  _ tokens: Int, takenBy method: Int, in decoder: DecoderConfiguration
) throws(Refusal) {
  guard tokens + method <= decoder.contextLength else {
    throw Refusal(
      "a text has \(tokens) tokens and the method takes \(method) places more, but the base reads at "
        + "most \(decoder.contextLength)", "shorten the text, or train with a smaller --rank")
  }
  let n = Double(tokens + method)
  let bytes = n * n * Double(decoder.headCount * MemoryLayout<Scalar>.size)
  guard bytes < Double(ProcessInfo.processInfo.physicalMemory) else {
    throw Refusal(
      "a text has \(tokens) tokens, and the attention weights of one block take \(threeDigits(bytes / 1e9)) "
        + "GB, more than there is memory", "shorten the text")
  }
}

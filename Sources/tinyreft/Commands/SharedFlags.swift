import Foundation
import TinyReFT

/// Flags that mean the same in several subcommands.
enum SharedFlags {
  static let base = baseFlag.optional("that of the interventions, or data/base")

  /// Where there are no interventions.
  static let baseAlone = baseFlag.optional("data/base")

  private static let baseFlag = Flag.path(
    "base", "DIR", "The frozen base: a Hugging Face directory of a LlamaForCausalLM.")

  static let interventions = Flag.path(
    "interventions", "DIR", "What 'tinyreft train' wrote: reft.json or adapter.json, and tensors."
  ).optional("none, the base alone")

  static let task = taskFlag.optional("that of the interventions, or loud")

  /// Where there are no interventions.
  static let taskAlone = taskFlag.optional("loud")

  private static let taskFlag = Flag<String>(
    "task", "NAME",
    help:
      "A task of the toy world (loud, mirror, quiz, so, sentiment, kind), or a folder of your own "
      + "with train.jsonl, dev.jsonl and test.jsonl."
  ) { (text) throws(InvalidValue) in try checkedText(text) }

  static let seed = Flag.whole(
    "seed", "N", default: 1, in: 0...Int.max, "Where randomness starts. Same seed, same bits.")

  static let threads = Flag.whole(
    "threads", "N", in: 1...1024, "Threads that compute. Results do not depend on it."
  ).optional("one per core")

  static func threadCount(_ arguments: Arguments) throws -> Int {
    try arguments[threads] ?? ProcessInfo.processInfo.activeProcessorCount
  }

  /// The base that `--base` names, or that of the interventions, or the toy world's.
  static func readBase(
    _ arguments: Arguments, on console: Console
  ) throws -> (directory: URL, base: BaseModel) {
    try readBase(arguments, on: console, BaseModel.read, decoder: \.decoder)
  }

  /// The same for what has no text.
  static func readDecoder(
    _ arguments: Arguments, on console: Console
  ) throws -> (directory: URL, base: Decoder) {
    try readBase(arguments, on: console, BaseModel.readDecoder, decoder: \.self)
  }

  private static func readBase<Model>(
    _ arguments: Arguments, on console: Console, _ read: (URL) throws -> Model,
    decoder: (Model) -> Decoder
  ) throws -> (directory: URL, base: Model) {
    let origin = try RunOrigin(arguments)
    if let path = try arguments[base] {
      let base = try read(URL(filePath: path))
      origin?.warn(ofBase: decoder(base), on: console)
      return (URL(filePath: path), base)
    }
    if let found = try origin?.base(read, decoder: decoder) { return found }
    let directory = try DataFolder.find().appending(path: "base")
    return (directory, try read(directory))
  }

  /// The task that `--task` names, or that of the interventions, or the main job's.
  static func taskName(_ arguments: Arguments) throws -> String {
    try arguments[task] ?? RunOrigin(arguments)?.task() ?? "loud"
  }

  /// What `--interventions` names, or nothing. A rival hangs in the decoder, which may get other weights
  /// by it; `learned` says what of the decoder was trained.
  static func readInterventions(
    _ arguments: Arguments, for decoder: inout Decoder
  ) throws -> (adaptation: any Adaptation, learned: [String: String]) {
    guard let path = try arguments[interventions] else { return (Unadapted(), [:]) }
    let directory = URL(filePath: path)
    guard let registry = Methods.registry, registry.isOne(directory) else {
      let c = decoder.configuration
      return (try InterventionsDirectory.read(directory, for: c).adaptation, [:])
    }
    let adapted = try registry.read(directory, for: decoder).adapted
    decoder = adapted.decoder
    return (Unadapted(), adapted.learned)
  }

  static let json = Flag.toggle(
    "json", default: false, "Print one JSON object instead of text for people.")
}

/// Throws when a text of so many tokens has no room beside the places that a method takes.
func checkRoom(
  _ tokens: Int, takenBy method: Int, in decoder: DecoderConfiguration
) throws(NoRoom) {
  guard tokens + method <= decoder.contextLength else {
    throw NoRoom(tokens: tokens, taken: method, context: decoder.contextLength)
  }
}

/// Text and method together are longer than the context.
struct NoRoom: Error, CustomStringConvertible {
  let (tokens, taken, context): (Int, Int, Int)

  var description: String {
    "a text has \(tokens) tokens and the method takes \(taken) places more, but the base reads at "
      + "most \(context); shorten the text, or train with a smaller --rank"
  }
}

/// Blocks of the decoder, counted from 0.
enum LayerChoice: Sendable, Equatable {
  case all
  case listed([Int])

  static let flag = Flag<LayerChoice>(
    "layers", "LIST", help: "Which blocks are edited: all, or numbers from 0 on, such as 0,2."
  ) { (text) throws(InvalidValue) in
    text == "all" ? .all : .listed(try wholeNumbers(text, or: "all, or "))
  }
}

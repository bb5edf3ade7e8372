import Foundation
import TinyReFT

// Settings that mean the same in several subcommands; each says where its own value goes.

extension Setting {
  typealias Path<Value> = WritableKeyPath<Values, Value> & Sendable

  /// `absence` says which base it is otherwise.
  static func base(
    _ path: Path<String?>, absence: String = "that of the interventions, or data/base"
  ) -> Setting {
    Setting(
      "base", path, .path(), absence: absence,
      "The frozen base: a Hugging Face directory of a LlamaForCausalLM.")
  }

  static func interventions(_ path: Path<String?>) -> Setting {
    Setting(
      "interventions", path, .path(), absence: "none, the base alone",
      "What 'tinyreft train' wrote: reft.json or adapter.json, and tensors.")
  }

  static func task(
    _ path: Path<String?>, absence: String = "that of the interventions, or loud"
  ) -> Setting {
    Setting(
      "task", path, .task, absence: absence,
      "A task of the toy world (loud, mirror, quiz, so, sentiment, kind), or your own: a .jsonl file, "
        + "or a folder with train.jsonl, dev.jsonl and test.jsonl.")
  }

  static func method(_ path: Path<String?>) -> Setting {
    Setting(
      "method", path, .choice(called: "NAME", of: TrainCommand.allMethods), absence: "loreft",
      "How the base is adapted. ReFT edits hidden states at some positions: "
        + ReFTConfiguration.methods.map { $0.method }.joined(separator: ", ")
        + ". Rivals edit every token: "
        + Methods.rivals.map { $0.method }.joined(separator: ", ") + ".")
  }

  static func seed(_ path: Path<UInt64>) -> Setting {
    Setting(
      "seed", path, .whole(in: 0...UInt64(Int.max)),
      "Where randomness starts. Same seed, same bits.")
  }

  static func threads(_ path: Path<Int>) -> Setting {
    Setting(
      "threads", path, .whole(in: 1...1024), absence: "one per core",
      "Threads that compute. Results do not depend on it.")
  }

  static func json(_ path: Path<Bool>) -> Setting {
    Setting(switch: "json", path, "Print one JSON object instead of text for people.")
  }
}

/// Threads that compute when nobody says how many.
let coreCount = ProcessInfo.processInfo.activeProcessorCount

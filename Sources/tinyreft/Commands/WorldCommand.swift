import Foundation
import TinyReFT

/// `tinyreft world`: where the tasks come from.
enum WorldCommand: Subcommand {
  static let name = "world"

  static let summary = "Write the toy world's tasks again, and a sample of its text."

  static let discussion = """
    Draws the tasks loud, mirror, quiz, so, sentiment and kind, each with train, dev and held-out \
    test items, and some lines of the text that the base is pretrained on. The same seed gives the same \
    files.
    """

  static let seed = Flag.whole(
    "seed", "N", default: Int(ToyWorld.publishedSeed), in: 0...Int.max,
    "Which world. The base in data/base knows that of the default.")

  static let out = Flag.path("out", "DIR", "Where tasks/ and text/ are written.").optional("data")

  static let flagGroups = [FlagGroup("What", [seed, out])]

  static let examples = [
    Example("tinyreft world", "Makes data/tasks and data/text again; 'git diff' shows no change."),
    Example("tinyreft world --seed 2 --out runs/world-2", "Another world, with other words."),
  ]

  static func run(_ arguments: Arguments, on console: Console) throws {
    let out = try arguments[out].map { URL(filePath: $0) } ?? DataFolder.find()
    for path in try ToyFiles.write(ToyWorld(seed: UInt64(try arguments[seed])), to: out) {
      console.print(shown(out.appending(path: path)))
    }
  }
}

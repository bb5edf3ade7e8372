import Foundation
import TinyReFT

/// `tinyreft world`: where the tasks come from.
struct WorldCommand: Subcommand {
  static let name = "world"

  static let summary = "Write the toy world's tasks again, and a sample of its text."

  static let discussion = """
    Draws the tasks loud, mirror, quiz, so, sentiment and kind, each with train, dev and held-out \
    test items, and some lines of the text that the base is pretrained on. The same seed gives the same \
    files.
    """

  var given: Set<String> = []
  var seed = ToyWorld.publishedSeed
  var out: String?

  static let groups: [SettingGroup<Self>] = [
    SettingGroup(
      "What",
      [
        Setting(
          "seed", \.seed, .whole(in: 0...UInt64(Int.max)),
          "Which world. The base in data/base knows that of the default."),
        Setting(
          "out", \.out, .path(), absence: "data", "Where tasks/ and text/ are written."),
      ])
  ]

  static let examples = [
    Example("tinyreft world", "Makes data/tasks and data/text again; 'git diff' shows no change."),
    Example("tinyreft world --seed 2 --out runs/world-2", "Another world, with other words."),
  ]

  func run(on console: Console) throws {
    let out = try out.map { URL(filePath: $0) } ?? DataFolder.find()
    for path in try ToyFiles.write(ToyWorld(seed: seed), to: out) {
      console.print(shown(out.appending(path: path)))
    }
  }
}

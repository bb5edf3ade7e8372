import Foundation

/// The toy world as files: the tasks, and a sample of the text that the base is pretrained on.
///
///     format     tasks/NAME/{train,dev,test}.jsonl; text/sample.txt, one line a sequence
public enum ToyFiles {
  /// How many lines of pretraining text are shown in `data/text/sample.txt`.
  static let sampleLines = 400

  /// Writes everything but the base below `data`, and returns the paths below it.
  public static func write(_ world: ToyWorld, to data: URL) throws -> [String] {
    var written: [String] = []
    func file(_ path: String) throws -> URL {
      let url = data.appending(path: path)
      try createFolder(url.deletingLastPathComponent())
      written.append(path)
      return url
    }
    for split in Split.allCases {
      for task in ToyTask.allCases {
        try JSONLines.write(
          world.items(task, split), to: file("tasks/\(task.rawValue)/\(split.rawValue).jsonl"))
      }
      for task in ToyLabelTask.allCases {
        try JSONLines.write(
          world.texts(task, split), to: file("tasks/\(task.rawValue)/\(split.rawValue).jsonl"))
      }
    }
    var stream = RandomStream(seed: world.seed, 4)
    let lines = (0..<sampleLines).map { _ in world.line(using: &stream).text + "\n" }
    try writeAtomically(Array(lines.joined().utf8), to: file("text/sample.txt"))
    return written.sorted()
  }
}

import Foundation
import TinyReFT

/// The figures of the chapters: `tinyreft figures` draws them again, each from the code or the
/// numbers that its chapter is about.
enum Figures {
  /// Every figure with the name of its file in `docs/figures`.
  static let all: [(name: String, draw: @Sendable () -> Drawing)] = [
    ("22-rmsnorm.svg", rmsNorm),
    ("24-attention.svg", attention),
    ("25-swiglu.svg", swiGLU),
    ("26-decoder.svg", decoder),
    ("28-generation.svg", generation),
  ]

  /// Writes them all into `directory`, and returns their names.
  static func write(to directory: URL) throws -> [String] {
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    for (name, draw) in all {
      try Data(draw().svg.utf8).write(to: directory.appending(path: name), options: .atomic)
    }
    return all.map(\.name)
  }
}

import Foundation
import TinyReFT

/// `tinyreft figures`: where the chapters' figures come from.
enum FiguresCommand: Subcommand {
  static let name = "figures"

  static let summary = "Draw the figures of the chapters again."

  static let discussion = """
    Writes one SVG for each figure, computed by the code that its chapter is about.
    """

  static let out = Flag.path("out", "DIR", "Where the figures are written.").optional(
    "docs/figures")

  static let flagGroups = [FlagGroup("What", [out])]

  static let examples = [
    Example("tinyreft figures", "After a change of a figure or of what it shows."),
    Example("tinyreft figures --out runs/figures", "Leaves docs/figures as they are."),
  ]

  static func run(_ arguments: Arguments, on console: Console) throws {
    let folder =
      try arguments[out].map { URL(filePath: $0) }
      ?? DataFolder.find().deletingLastPathComponent().appending(path: "docs/figures")
    for name in try Figures.write(to: folder) {
      console.print(shown(folder.appending(path: name)))
    }
  }
}

import Foundation
import Testing

@testable import TinyReFT

@Suite("Figures (docs/README.md)")
struct FiguresTests {
  private static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().appending(path: "../../../docs/figures").standardizedFileURL

  /// With DRAW in the environment they are drawn again, and not compared.
  private static let isDrawn = ProcessInfo.processInfo.environment["DRAW"] != nil

  @Test(
    "each is what its code draws, byte for byte, in Float and in Double",
    arguments: Figures.all.map(\.name))
  func fresh(name: String) throws {
    let figure = try #require(Figures.all.first { $0.name == name })
    let url = Self.folder.appending(path: name)
    var drawing = figure.draw()
    drawing.description = try Self.alternative(to: name)
    if Self.isDrawn { try drawing.write(to: url) }
    #expect(
      try String(contentsOf: url, encoding: .utf8) == drawing.svg,
      "DRAW=1 swift test --filter FiguresTests draws \(name) again")
  }

  /// What the chapter says for who cannot see the figure; the figure says the same.
  private static func alternative(to name: String) throws -> String {
    let chapter = folder.deletingLastPathComponent()
      .appending(path: name.replacing(".svg", with: ".md"))
    let text = try String(contentsOf: chapter, encoding: .utf8)
    let image = try Regex("!\\[([^\\]]+)\\]\\(figures/\(name)\\)", as: (Substring, Substring).self)
    return String(try #require(text.firstMatch(of: image)).output.1)
  }
}

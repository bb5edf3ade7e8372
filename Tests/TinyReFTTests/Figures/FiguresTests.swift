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
    if Self.isDrawn { try figure.draw().write(to: url) }
    #expect(
      try String(contentsOf: url, encoding: .utf8) == figure.draw().svg,
      "DRAW=1 swift test --filter FiguresTests draws \(name) again")
  }
}

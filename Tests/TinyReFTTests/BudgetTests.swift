import Foundation
import Testing

/// What the project is allowed to weigh, in lines with comments and blank ones. The core knows the paper
/// and is to stay small: its number is only ever lowered. The others rise by
/// what users ask for, and by nothing else.
@Suite("Budgets (docs/CONTRIBUTING.md)")
struct BudgetTests {
  private static let core = ["Tensor", "Decoder", "ReFT", "Training"].map {
    "Sources/TinyReFT/\($0)"
  }

  /// The lines of every Swift file of a target, or of a folder, by its path from the root.
  private func files(_ folder: String) throws -> [String: Int] {
    let ofTarget = try Repository.sources(of: folder)
    let paths = try ofTarget.isEmpty ? Repository.swiftFiles(under: folder) : ofTarget
    return try Dictionary(uniqueKeysWithValues: paths.map { ($0, try lines($0)) })
  }

  private func lines(_ path: String) throws -> Int {
    try Repository.text(path).count { $0 == "\n" }
  }

  @Test(
    "folders",
    arguments: [(core, 4_205), (["Sources"], 16_900), (["Sources/tinyreft"], 3_744)])
  func folders(names: [String], budget: Int) throws {
    let all = try names.flatMap { try files($0).values }
    #expect(!all.isEmpty && all.reduce(0, +) <= budget)
  }

  @Test("a file of the core holds one concept, and no other file grows")
  func everyFile() throws {
    let larger = ["Tensor": 220, "MatrixKernel": 258, "Vectors": 301]
    for (path, count) in try files("Sources") {
      let name = URL(filePath: path).deletingPathExtension().lastPathComponent
      let isCore = Self.core.contains { path.hasPrefix("\($0)/") }
      #expect(count <= (isCore ? larger[name] ?? 150 : 240), "\(path) has \(count) lines")
    }
    #expect(try lines("Sources/TinyReFT/ReFT/LoReFT.swift") <= 85)
    #expect(try lines("Sources/TinyReFT/ReFT/DiReFT.swift") <= 65)
  }

  @Test(
    "the chapters fit a day: those from tensor to training, and all, in words",
    arguments: [("1234", 20_000), ("12345678", 38_000)])
  func words(floors: String, budget: Int) throws {
    let chapters = try Repository.paths(under: "docs").filter { path in
      path.hasSuffix(".md") && floors.contains { path.hasPrefix("docs/\($0)") }
    }
    let words = try chapters.reduce(0) { count, path in
      try count + Repository.text(path).split(whereSeparator: \.isWhitespace).count
    }
    #expect(words > budget / 2 && words <= budget, "\(words)")
  }

  @Test("the paper in twenty files, as README lists them")
  func firstSitting() throws {
    let readme = try Repository.text("README.md")
    let sections = readme.components(separatedBy: "\n## ")
    let section = try #require(sections.first { $0.hasPrefix("The paper in twenty files\n") })
    let listed = section.matches(of: /\]\((Sources\/TinyReFT\/[^)]+\.swift)\)/).map { String($0.1) }
    #expect(Set(listed).count == listed.count && listed.count == 20)
    for path in listed { #expect(Self.core.contains { path.hasPrefix("\($0)/") }, "\(path)") }
    #expect(try listed.reduce(0) { try $0 + lines($1) } <= 2_400)
  }
}

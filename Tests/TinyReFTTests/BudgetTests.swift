import Foundation
import Testing

/// What the project is allowed to weigh, in lines with comments and blank ones. The core knows the paper
/// and is to stay small: its number is only ever lowered. The others rise by
/// what users ask for, and by nothing else.
@Suite("Budgets (docs/CONTRIBUTING.md)")
struct BudgetTests {
  /// The package's folder.
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private static let core = ["Tensor", "Decoder", "ReFT", "Training"].map {
    "Sources/TinyReFT/\($0)"
  }

  /// The lines of every Swift file below a folder, by its path from the root.
  private func files(_ folder: String) throws -> [String: Int] {
    let url = Self.root.appending(path: folder)
    let paths = try FileManager.default.subpathsOfDirectory(atPath: url.path)
      .filter { $0.hasSuffix(".swift") }.map { "\(folder)/\($0)" }
    return try Dictionary(uniqueKeysWithValues: paths.map { ($0, try lines($0)) })
  }

  private func lines(_ path: String) throws -> Int {
    let text = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    return text.count { $0 == "\n" }
  }

  @Test(
    "folders",
    arguments: [(core, 4_206), (["Sources"], 16_784), (["Sources/tinyreft"], 3_734)])
  func folders(names: [String], budget: Int) throws {
    let all = try names.flatMap { try files($0).values }
    #expect(!all.isEmpty && all.reduce(0, +) <= budget)
  }

  @Test("a file of the core holds one concept, and no other file grows")
  func everyFile() throws {
    let larger = ["Tensor": 220, "MatrixKernel": 259, "Vectors": 301]
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
    let docs = Self.root.appending(path: "docs")
    let chapters = try FileManager.default.contentsOfDirectory(atPath: docs.path)
      .filter { $0.hasSuffix(".md") && ($0.first.map(floors.contains) ?? false) }
    let words = try chapters.reduce(0) { count, name in
      let text = try String(contentsOf: docs.appending(path: name), encoding: .utf8)
      return count + text.split(whereSeparator: \.isWhitespace).count
    }
    #expect(words > budget / 2 && words <= budget, "\(words)")
  }

  @Test("the paper in twenty files, as README lists them")
  func firstSitting() throws {
    let readme = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
    let sections = readme.components(separatedBy: "\n## ")
    let section = try #require(sections.first { $0.hasPrefix("The paper in twenty files\n") })
    let listed = section.matches(of: /\]\((Sources\/TinyReFT\/[^)]+\.swift)\)/).map { String($0.1) }
    #expect(Set(listed).count == listed.count && listed.count == 20)
    for path in listed { #expect(Self.core.contains { path.hasPrefix("\($0)/") }, "\(path)") }
    #expect(try listed.reduce(0) { try $0 + lines($1) } <= 2_400)
  }
}

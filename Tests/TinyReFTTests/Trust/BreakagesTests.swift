import Foundation
import Testing

/// That every backward pass turns a test red when it is broken is shown by Campaigns/breakages.py,
/// which takes a while. Here is what keeps its list and its table from going stale unnoticed.
@Suite("Breakages (docs/80-trust.md)")
struct BreakagesTests {
  /// One entry of breakages.txt.
  private struct Breakage: Hashable {
    let file: String
    let words: String
    /// Where the text that is replaced stands; with « and » around it when it is only a part.
    let context: String
    let broken: String
  }

  private func text(_ name: String) throws -> String {
    try Repository.text("Tests/TinyReFTTests/Campaigns/\(name)")
  }

  private func source(_ path: String) throws -> String {
    try Repository.text("Sources/TinyReFT/\(path)")
  }

  private func listed() throws -> [Breakage] {
    var (file, all) = ("", [Breakage]())
    for paragraph in try text("breakages.txt").split(separator: "\n\n") {
      let lines = paragraph.split(separator: "\n").map(String.init)
      func part(_ sign: String) -> String {
        lines.filter { $0.hasPrefix("\(sign) ") }.map { $0.dropFirst(2) }.joined(separator: "\n")
      }
      if paragraph.hasPrefix("# ") {
        file = part("#")
      } else {
        all.append(
          Breakage(file: file, words: lines[0], context: part("-"), broken: part("+")))
      }
    }
    return all
  }

  @Test("the list: each text stands once in its file, and no breakage comes twice")
  func list() throws {
    let breakages = try listed()
    #expect(breakages.count >= 60)
    #expect(Set(breakages).count == breakages.count)
    for b in breakages {
      let found = b.context.replacing(/[«»]/, with: "")
      let count = try source(b.file).components(separatedBy: found).count - 1
      #expect(count == 1, "\(b.file), \(b.words): found \(count) times: \(found)")
      #expect(!b.broken.isEmpty && !b.context.contains("«\(b.broken)»") && b.broken != b.context)
    }
  }

  @Test("every source with a backward pass is broken somewhere")
  func everySource() throws {
    // A function with a body whose name speaks of going backward or of a gradient.
    let backward = /func \w*([Bb]ackward|[Gg]radient)(?:(?!\n\n)[^{}])*\{/
    let broken = Set(try listed().map(\.file))
    var files = 0
    for full in try Repository.sources(of: "Sources/TinyReFT") {
      let path = String(full.dropFirst("Sources/TinyReFT/".count))
      guard try source(path).contains(backward) else { continue }
      files += 1
      #expect(broken.contains(path), "breakages.txt breaks nothing in \(path)")
    }
    #expect(files >= 25, "or the rule above finds too little")
  }

  @Test("the table has a row for each breakage, and every row ends red")
  func table() throws {
    let rows = try text("breakages.md").split(separator: "\n").filter { $0.contains(/^\| \w+\.\d/) }
    let breakages = try listed()
    #expect(rows.count == breakages.count)
    var counts: [String: Int] = [:]
    for (row, b) in zip(rows, breakages) {
      counts[b.file, default: 0] += 1
      let stem = URL(filePath: b.file).deletingPathExtension().lastPathComponent
      let id = "\(stem).\(counts[b.file] ?? 0)"
      let original = b.context.firstMatch(of: /«(.*)»/).map { String($0.1) } ?? b.context
      let stands = b.broken == "()" ? "dropped" : cell(b.broken)
      let start = "| \(id) | \(b.words) | \(cell(original)) | \(stands) | "
      #expect(row.hasPrefix(start), "run breakages.py again: \(row) is not \(start)")
    }
    #expect(!rows.contains { $0.hasSuffix("| NOT NOTICED |") })
  }

  /// Code on one line, as a cell of a table.
  private func cell(_ code: String) -> String {
    "`" + code.replacing(/\s+/, with: " ").replacing("|", with: #"\|"#) + "`"
  }
}

import Foundation
import Testing

/// The chapters, as paths from the root.
private let chapters = ((try? Repository.paths(under: "docs")) ?? [])
  .filter { $0.hasSuffix(".md") && !$0.contains("/figures/") }.sorted()

@Suite("Chapters (docs/README.md)")
struct ChapterTests {
  @Test("every quoted block of Swift stands in its source, line for line", arguments: chapters)
  func quotations(chapter: String) throws {
    let lines = try Repository.text(chapter).components(separatedBy: "\n")
    var (source, quoted) = (String?.none, [String]())
    for line in lines {
      // A client's program stands in no source; `LibraryTests` compiles it.
      if line == "```swift client" { continue }
      if line.hasPrefix("```swift") {
        #expect(line.hasPrefix("```swift source="), "\(chapter): Swift without a source")
        source = String(line.dropFirst("```swift source=".count))
      } else if line == "```", let path = source {
        let stands = trimmed(try Repository.text(path)).contains(
          trimmed(quoted.joined(separator: "\n")))
        #expect(stands, "\(chapter): not in \(path): \(quoted.first ?? "")")
        (source, quoted) = (nil, [])
      } else if source != nil {
        quoted.append(line)
      }
    }
    #expect(source == nil, "\(chapter): a block that does not end")
  }

  /// Without indentation, so that a chapter may quote the middle of a function from the margin.
  private func trimmed(_ text: String) -> String {
    text.components(separatedBy: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .joined(separator: "\n")
  }

  /// `In File.swift, write NEW for OLD`, as a chapter tells its reader to break what it has proved.
  private var instruction: Regex<(Substring, Substring, Substring, Substring)> {
    /[Ii]n\s+`([\w-]+\.swift)`,\s+write\s+`([^`]+)`\s+for\s+`([^`]+)`/
  }

  @Test("what a chapter tells to replace stands in that file, once", arguments: chapters)
  func instructions(chapter: String) throws {
    let paths = try Repository.sources(of: "Sources/TinyReFT")
    for match in try Repository.text(chapter).matches(of: instruction) {
      let (file, new, old) = (String(match.1), String(match.2), String(match.3))
      let path = try #require(paths.first { $0.hasSuffix("/\(file)") }, "\(chapter): no \(file)")
      let count = try Repository.text(path).components(separatedBy: old).count - 1
      #expect(count == 1, "\(chapter): \(old) stands \(count) times in \(file)")
      #expect(new != old)
    }
  }

  @Test("every relative link leads to a file", arguments: chapters + ["README.md"])
  func links(page: String) throws {
    let folder = Repository.root.appending(path: page).deletingLastPathComponent()
    for match in try Repository.text(page).matches(of: /\]\(([^)#]+)(#[^)]*)?\)/) {
      let target = String(match.1)
      if target.contains("://") { continue }
      let path = folder.appending(path: target).standardizedFileURL.path
      #expect(FileManager.default.fileExists(atPath: path), "\(page) links to \(target)")
    }
  }

  @Test("a chapter needs only those above it", arguments: chapters)
  func order(chapter: String) throws {
    guard let needs = try Repository.text(chapter).firstMatch(of: /\| Needs: (.+)/)?.1 else {
      return
    }
    for match in String(needs).matches(of: /\((\d\d)-/) {
      #expect("docs/\(match.1)" < chapter, "\(chapter) needs \(match.1)")
    }
  }

  @Test("every figure has a title, tells what it shows, and has no background of its own")
  func figures() throws {
    let names = try Repository.paths(under: "docs/figures").filter { $0.hasSuffix(".svg") }
    #expect(names.count > 20)
    for name in names {
      let figure = try Repository.text(name)
      #expect(figure.contains("<title>") && figure.contains("<desc>"), "\(name)")
      let width = try #require(figure.firstMatch(of: /<svg [^>]*width="(\d+)"/)?.1)
      #expect(
        !figure.contains("<rect width=\"\(width)\"") && !figure.contains("width=\"100%\""),
        "\(name)")
    }
    #expect(try Repository.text("README.md").contains("](docs/figures/33-loreft.svg)"))
  }

  @Test("the comparison's table is what the command wrote")
  func comparison() throws {
    struct Point: Decodable {
      let method, task: String
      let accuracies: [Double]
      let trained_parameters: Int
      let is_at_end: Bool
    }
    let file = Repository.root.appending(path: "docs/figures/71-comparison.json")
    let points = try JSONDecoder().decode([Point].self, from: Data(contentsOf: file))
    let chapter = try Repository.text("docs/71-comparison.md")
    let tasks = ["mirror", "quiz", "so", "kind"]
    for method in Set(points.map(\.method)) {
      let cells = try tasks.map { task in
        let point = try #require(points.first { $0.method == method && $0.task == task })
        let mean = point.accuracies.reduce(0, +) / Double(point.accuracies.count)
        let count = point.trained_parameters.formatted(.number.locale(Locale(identifier: "en_US")))
        return String(format: "%.1f", 100 * mean) + " (\(count))" + (point.is_at_end ? "†" : "")
      }
      let row = "| `\(method)` | " + cells.joined(separator: " | ") + " |"
      #expect(chapter.contains(row), "not there: \(row)")
    }
    #expect(points.count == 52 && points.count(where: \.is_at_end) == 12)
    #expect(chapter.contains("Twelve of the 52 chosen rates stand at an end"))
  }

  @Test("every source of the library and every figure belongs to a chapter")
  func everySourceHasAChapter() throws {
    let all = try chapters.map(Repository.text).joined(separator: "\n")
    let sources = try Repository.sources(of: "Sources/TinyReFT")
    #expect(sources.count > 100)
    for path in try sources + Repository.paths(under: "docs/figures") {
      let name = path.split(separator: "/").last.map(String.init) ?? path
      let isNamed = all.contains("/\(name)")
      #expect(isNamed, "no chapter names \(path)")
    }
  }
}

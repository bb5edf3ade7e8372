import Foundation
import Testing

/// `Sources/TinyReFT` and `Sources/tinyreft` are one folder on a disk that ignores case, so both
/// targets list their sources. That has two dangers, and these tests stand in their way: a file of
/// one hiding a file of the other, and a file that no list names, which is left out in silence.
@Suite("Layout")
struct LayoutTests {
  @Test("no two paths under Sources are equal when case is ignored")
  func distinctPaths() throws {
    var seen: [String: String] = [:]
    // The two folders themselves are the exception that all this is about.
    for path in try Repository.paths(under: "Sources") where path.split(separator: "/").count > 2 {
      let other = seen.updateValue(path, forKey: path.lowercased())
      #expect(other == nil, "\(path) is \(other ?? "") where case is ignored")
    }
  }

  @Test("every Swift file under Sources is compiled, and everything listed exists")
  func compiledSources() throws {
    let targets = try Repository.targets()
    #expect(targets.map(\.path).sorted() == ["Sources/TinyReFT", "Sources/tinyreft"])
    var compiled: Set<String> = []
    for target in targets {
      for entry in target.sources {
        let listed = "\(target.path)/\(entry)"
        let found =
          try listed.hasSuffix(".swift")
          ? [listed].filter(Repository.exists) : Repository.swiftFiles(under: listed)
        // Whoever wants ReFT alone may delete the rivals: Methods.rivals says how.
        let isOptional = entry == "Rivals"
        #expect(
          !found.isEmpty || isOptional, "Package.swift lists \(listed), which has no Swift file")
        compiled.formUnion(found.map { $0.lowercased() })
      }
    }
    for path in try Repository.swiftFiles(under: "Sources") {
      #expect(compiled.contains(path.lowercased()), "Package.swift lists no folder of \(path)")
    }
  }

  @Test("every Swift file under Tests is compiled, if not by the package then by a campaign")
  func compiledTests() throws {
    let manifest = try Repository.manifest()
    // The test target takes all of its folder, unless it says otherwise.
    let excluded = manifest.matches(of: /exclude:\s*\[([^\]]*)\]/).flatMap {
      Repository.quoted($0.1)
    }
    let campaigns = "Tests/TinyReFTTests/Campaigns/"
    let script = try Repository.text(campaigns + "processors.sh")
    for path in try Repository.swiftFiles(under: "Tests") where !script.contains(path) {
      #expect(path.hasPrefix("Tests/TinyReFTTests/"), "\(path) belongs to no target")
      let entry = excluded.first { path.hasPrefix("Tests/TinyReFTTests/\($0)") }
      #expect(entry == nil, "Package.swift excludes \(path)")
    }
  }

  /// The floors of the library, the lowest first.
  private static let floors = [
    "Tensor", "Decoder", "ReFT", "Training", "ToyWorld", "Files", "Rivals", "Runs", "Studies",
  ]

  @Test("no floor of the library names a type of a floor above it, but the registry the rivals")
  func floors() throws {
    let library = "Sources/TinyReFT"
    let files = try Self.floors.map { floor in
      try Repository.swiftFiles(under: "\(library)/\(floor)").map { path in
        let text = try Repository.text(path)
        return (path, lines: text.split(separator: "\n").filter { !$0.contains("//") })
      }
    }
    // Types that stand in no other: these begin their lines.
    let type = /^(?:public |final )*(?:struct|enum|class|protocol) (\w+)/
    let types = files.map { Set($0.flatMap(\.lines).compactMap { $0.firstMatch(of: type)?.1 }) }
    for floor in files.indices {
      let above = types[(floor + 1)...].reduce(Set()) { $0.union($1) }
      for (path, lines) in files[floor] where !path.hasSuffix("/Methods.swift") {
        let words = lines.flatMap { $0.split { !$0.isLetter && !$0.isNumber } }
        let upwards = above.intersection(words)
        #expect(upwards.isEmpty, "\(path) names \(upwards.sorted())")
      }
    }
  }
}

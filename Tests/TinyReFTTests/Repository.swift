import Foundation

/// The repository as it lies on disk, for tests that read it.
///
/// Where a disk ignores case, as a Mac's does, `Sources/TinyReFT` and `Sources/tinyreft` are one folder. What
/// belongs to either is what Package.swift lists. Files that begin with a dot, such as `.DS_Store`, are
/// nobody's.
enum Repository {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appending(path: path).path)
  }

  /// Every file and folder below, as paths from the root; none when the folder does not exist.
  static func paths(under folder: String) throws -> [String] {
    guard exists(folder) else { return [] }
    return try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path)
      .filter { !$0.split(separator: "/").contains { $0.hasPrefix(".") } }
      .map { "\(folder)/\($0)" }
  }

  static func swiftFiles(under folder: String) throws -> [String] {
    try paths(under: folder).filter { $0.hasSuffix(".swift") }
  }

  /// Package.swift without its comments.
  static func manifest() throws -> String {
    try text("Package.swift").replacing(/\/\/[^\n]*/, with: "")
  }

  /// The targets of the manifest that list their sources: folders, and files.
  static func targets() throws -> [(path: String, sources: [String])] {
    try manifest().matches(of: /path:\s*"([^"]+)",\s*sources:\s*\[([^\]]*)\]/)
      .map { (String($0.1), quoted($0.2)) }
  }

  /// The Swift files of the target at `path`, such as `Sources/TinyReFT`, as paths from the root.
  static func sources(of path: String) throws -> [String] {
    try targets().filter { $0.path == path }.flatMap { target in
      try target.sources.flatMap { entry in
        let listed = "\(target.path)/\(entry)"
        return try listed.hasSuffix(".swift")
          ? [listed].filter(exists) : swiftFiles(under: listed)
      }
    }
  }

  /// What stands between quotation marks.
  static func quoted(_ list: Substring) -> [String] {
    list.matches(of: /"([^"]+)"/).map { String($0.1) }
  }
}

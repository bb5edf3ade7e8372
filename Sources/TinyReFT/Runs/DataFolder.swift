import Foundation

/// The repository's `data/` folder: the toy world's base and tasks.
///
/// It is looked for upwards from the working directory, then upwards from the executable, so that
/// the command works from any folder of a clone.
public enum DataFolder {
  /// The folder. `starts` is where to look upwards from. Throws when nothing called `data/base` or
  /// `data/tasks` is on the way up from any.
  public static func find(
    from starts: [URL] = [
      URL(filePath: FileManager.default.currentDirectoryPath),
      Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent(),
    ].compactMap(\.self)
  ) throws(Refusal) -> URL {
    for start in starts {
      var folder = start.standardizedFileURL
      while true {
        let data = folder.appending(path: "data")
        if isFolder(data.appending(path: "tasks")) || isFolder(data.appending(path: "base")) {
          return data
        }
        let above = folder.deletingLastPathComponent().standardizedFileURL
        guard above.path.count < folder.path.count else { break }
        folder = above
      }
    }
    throw Refusal(
      "no data/ folder here, above here, or above the program",
      "run this inside the repository, or name --base and --task")
  }

  static func isFolder(_ url: URL) -> Bool {
    let values = try? url.resolvingSymlinksInPath().resourceValues(forKeys: [.isDirectoryKey])
    return values?.isDirectory == true
  }
}

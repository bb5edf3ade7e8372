import Foundation

/// Where the examples of a task stand: a folder with a file for each split, or one file, which is split here.
///
///     split      a number is made of the prompt, or of the text that has a label, and of nothing else; of ten
///                such numbers eight mean train, one dev, one test. So the file may grow and be sorted, and
///                what was held out stays so; and what is asked twice stands on one side
///     format     train.jsonl, dev.jsonl and test.jsonl, or one file whose name ends in .jsonl
public struct TaskPlace: Sendable, Equatable {
  public let url: URL

  public init(_ url: URL) { self.url = url }

  /// Of a name of the toy world's, or a path.
  public init(ofTask task: String) throws {
    // A name means the toy world's task, whatever folders stand about; ./loud is a folder.
    if Self.toyNames.contains(task) {
      self.init(try DataFolder.find().appending(path: "tasks/\(task)"))
      return
    }
    // Below here, so that a tilde is part of a name: a shell has replaced those that are not.
    let path = URL(filePath: task.hasPrefix("~") ? "./" + task : task)
    let isFile = FileManager.default.fileExists(atPath: path.path) && Self.isFile(path)
    guard !task.isEmpty, isFile || DataFolder.isFolder(path) else {
      let nearest = nearestName(to: task, in: Self.toyNames).map { " (did you mean \($0)?)" } ?? ""
      throw Refusal(
        "there is no task \(quoted(task))",
        "use \(Self.toyNames.joined(separator: ", ")), the path of a folder with train.jsonl, "
          + "dev.jsonl and test.jsonl, or that of one .jsonl file" + nearest)
    }
    self.init(path)
  }

  /// The name of a task of the toy world, whatever its case; what is none stays as it is.
  public static func name(_ task: String) -> String {
    toyNames.first { $0 == task.lowercased() } ?? task
  }

  static let toyNames =
    ToyTask.allCases.map(\.rawValue) + ToyLabelTask.allCases.map(\.rawValue)

  /// Whether it is one file for all splits.
  public var isOneFile: Bool { !DataFolder.isFolder(url) && Self.isFile(url) }

  private static func isFile(_ url: URL) -> Bool { url.pathExtension.lowercased() == "jsonl" }

  /// For the names of runs.
  public var name: String {
    isOneFile ? url.deletingPathExtension().lastPathComponent : url.lastPathComponent
  }

  /// The lines of one split. Throws when there are none.
  func lines(_ split: Split) throws -> [JSON] {
    guard isOneFile else {
      return try JSONLines.read(url.appending(path: "\(split.rawValue).jsonl"))
    }
    let all = try JSONLines.read(url)
    let own = try all.filter { try Self.split(of: $0) == split }
    guard !own.isEmpty else {
      throw FileError(
        url, "has \(all.count) lines, and none of them falls to \(split.rawValue)",
        "write more, or a folder with train.jsonl, dev.jsonl and test.jsonl")
    }
    return own
  }

  /// Of all splits together, where one file holds them; nil where each has its own, or there are none.
  func labels() throws -> [String]? {
    isOneFile ? try LabelledSplit(JSONLines.read(url), labels: nil)?.labels : nil
  }

  private static func split(of line: JSON) throws -> Split {
    var fingerprint = Fingerprint()
    fingerprint.add(try (line["text"].ifThere ?? line["prompt"]).string())
    switch fingerprint.value % 10 {
    case 0: return .test
    case 1: return .dev
    default: return .train
    }
  }
}

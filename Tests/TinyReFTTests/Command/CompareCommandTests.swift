import Foundation
import Testing

@testable import TinyReFT

@Suite("tinyreft compare and sweep")
struct CompareCommandTests {
  /// A task of a few examples.
  static func task(in folder: TemporaryFolder) throws -> String {
    let task = folder.url.appending(path: "tiny")
    try FileManager.default.createDirectory(at: task, withIntermediateDirectories: true)
    let lines = ["pig", "dog", "cat"].map { word in
      "{\"prompt\":\"do \(word) -> \",\"completion\":\"\(word.uppercased())\"}\n"
    }
    for split in Split.allCases {
      try Data(lines.joined().utf8)
        .write(to: task.appending(path: "\(split.rawValue).jsonl"))
    }
    return task.path
  }

  @Test(
    "compare writes a table and a figure, goes on where it stopped, and says what it does not know")
  func compare() throws {
    let folder = try TemporaryFolder()
    let out = folder.url.appending(path: "out")
    let task = try Self.task(in: folder)
    let words = [
      "compare", "--methods", "loreft,direft", "--tasks", task, "--seeds", "2",
      "--epochs", "3", "--out", out.path,
    ]
    let first = try tinyreft(words)
    #expect(first.exitCode == 0 && first.errors == "")
    let rows = try JSON.read(out.appending(path: "comparison.json")).array()
    #expect(try rows.map { try $0["method"].string() } == ["loreft", "direft"])
    #expect(try rows.allSatisfy { try $0["accuracies"].array().count == 2 })
    // One run is taken away: the others are not made again.
    let reports = try Self.reports(in: out)
    #expect(reports.count == 34)
    // Three examples are one batch, and each epoch a step.
    #expect(try reports.allSatisfy { try RunReport.read($0).steps == 3 })
    let lost = try #require(reports.sorted(by: { $0.path < $1.path }).first)
    let kept = try #require(reports.sorted(by: { $0.path < $1.path }).last)
    try FileManager.default.removeItem(at: lost)
    let before = try Data(contentsOf: kept)
    #expect(try tinyreft(words).exitCode == 0)
    #expect(FileManager.default.fileExists(atPath: lost.path))
    #expect(try Data(contentsOf: kept) == before)
    try goesOn(words, task: task, in: lost.deletingLastPathComponent())

    let unknown = try tinyreft(["compare", "--methods", "lorem", "--out", out.path])
    #expect(unknown.exitCode == 64 && unknown.errors.contains("There is no method \"lorem\""))
    let noTask = try tinyreft(["compare", "--tasks", "none", "--out", out.path])
    #expect(noTask.exitCode == 1 && noTask.errors.contains("there is no task \"none\""))
  }

  /// One run was killed on its way: it goes on, where one that is made again would have a new folder.
  private func goesOn(_ compare: [String], task: String, in folder: URL) throws {
    let settings = folder.appending(path: "settings.json")
    let arguments = try RunIdentity.read(settings).arguments
    let note = folder.appending(path: "note")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
    where name != settings.lastPathComponent {
      try FileManager.default.removeItem(at: folder.appending(path: name))
    }
    try Data().write(to: note)
    try tinyreft(["train", "--task", task] + arguments, in: folder, endedBy: SIGKILL)
    #expect(try tinyreft(compare).exitCode == 0)
    #expect(FileManager.default.fileExists(atPath: note.path))
    #expect(!RunCheckpoint.isIn(folder))
    _ = try RunReport.read(folder.appending(path: "report.json"))
  }

  private static func reports(in folder: URL) throws -> [URL] {
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (files?.compactMap { $0 as? URL } ?? []).filter { $0.lastPathComponent == "report.json" }
  }

  @Test("sweep makes the grid of its lists")
  func sweep() throws {
    let folder = try TemporaryFolder()
    let task = try Self.task(in: folder)
    let out = folder.url.appending(path: "out").path
    let run = try tinyreft([
      "sweep", "--task", task, "--ranks", "1,2", "--layers", "all;0,1", "--out", out,
    ])
    #expect(run.exitCode == 0 && run.errors == "")
    #expect(run.output.contains("| rank | layers | trained | dev accuracy | least to most |"))
    #expect(run.output.contains("| 2 | 0,1 |"))
    let list = try tinyreft(["sweep", "--task", task, "--ranks", "1,,2"])
    #expect(list.exitCode == 64)
    // The same folders, for another method: LoReFT's numbers are not taken for DiReFT's.
    let other = try tinyreft([
      "sweep", "--task", task, "--method", "direft", "--ranks", "1,2", "--layers", "all;0,1",
      "--out", out,
    ])
    #expect(other.exitCode == 1 && other.errors.contains("other settings"), "\(other.errors)")
  }
}

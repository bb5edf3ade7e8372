import Foundation
import Testing

@testable import TinyReFT

@Suite("Runs in a pool (docs/80-trust.md)")
struct RunPoolTests {
  private let folder: TemporaryFolder
  private let task: URL
  private let files = FileManager.default

  init() throws {
    folder = try TemporaryFolder()
    task = URL(filePath: try CompareCommandTests.task(in: folder))
  }

  private var out: URL { folder.url.appending(path: "out") }
  private var place: URL { out.appending(path: "rank-1_seed-1") }
  private var base: URL { folder.url.appending(path: "base") }

  private func words(_ more: [String]) -> [String] {
    ["sweep", "--task", task.path, "--out", out.path] + more
  }

  private func sweep(_ more: String...) throws -> ProgramRun { try tinyreft(words(more)) }

  private func report(_ run: URL) -> Data? {
    try? Data(contentsOf: run.appending(path: "report.json"))
  }

  // MARK: The user's files

  @Test("what is not a run's own stays where a run is made")
  func strangers() throws {
    let chapter = place.appending(path: "thesis/chapter.txt")
    try files.createDirectory(
      at: chapter.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data("precious".utf8).write(to: chapter)
    #expect(try sweep("--ranks", "1").exitCode == 0)
    #expect(report(place) != nil)
    #expect(try String(contentsOf: chapter, encoding: .utf8) == "precious")
  }

  @Test(
    "a file that a run would write over, and no run of this program wrote, stops the sweep",
    arguments: [
      "loss.svg", "settings.json", "diverged.txt", "config.json", "../sweep.settings.json",
    ])
  func foreign(name: String) throws {
    try files.createDirectory(at: place, withIntermediateDirectories: true)
    let file = place.appending(path: name)
    try Data("precious".utf8).write(to: file)
    let run = try sweep("--ranks", "1")
    #expect(run.exitCode == 1 && run.errors.contains("choose another --out"), "\(run.errors)")
    #expect(try String(contentsOf: file, encoding: .utf8) == "precious")
  }

  @Test("a link is not followed")
  func link() throws {
    let elsewhere = folder.url.appending(path: "elsewhere")
    try files.createDirectory(at: elsewhere, withIntermediateDirectories: true)
    try files.createDirectory(at: out, withIntermediateDirectories: true)
    try Data("precious".utf8).write(to: elsewhere.appending(path: "thesis.txt"))
    try files.createSymbolicLink(at: place, withDestinationURL: elsewhere)
    let run = try sweep("--ranks", "1")
    #expect(run.exitCode == 1 && run.errors.contains("is a link"), "\(run.errors)")
    #expect(try files.contentsOfDirectory(atPath: elsewhere.path) == ["thesis.txt"])
  }

  @Test(
    "every value of every list is checked before a folder is made",
    arguments: [
      (["--ranks", "1,x"], 64, "expected a whole number"), (["--ranks", "1,65"], 1, "rank 65"),
      (["--positions", "l1,l0"], 64, "expected fP+lS"), (["--layers", "0;9"], 1, "no layer 9"),
      (["--method", "direft", "--matrices", "v"], 64, "--matrices says nothing here"),
    ] as [([String], Int32, String)])
  func values(flags: [String], exitCode: Int32, message: String) throws {
    let run = try tinyreft(words(flags))
    #expect(run.exitCode == exitCode && run.errors.contains(message), "\(run.errors)")
    #expect(!files.fileExists(atPath: out.path))
  }

  // MARK: What a result was made of

  @Test("a run of other data or of another base is neither taken for this one nor lost")
  func stale() throws {
    try files.copyItem(at: DataFolder.find().appending(path: "base"), to: base)
    let flags = ["--ranks", "1,2", "--base", base.path]
    #expect(try tinyreft(words(flags)).exitCode == 0)
    let before = try #require(report(place))
    func refused(_ text: String) throws {
      let run = try tinyreft(words(flags))
      #expect(run.exitCode == 1 && run.errors.contains(text), "\(run.errors)")
      #expect(report(place) == before)
    }
    let train = task.appending(path: "train.jsonl")
    let lines = try Data(contentsOf: train)
    try Data(lines.prefix { $0 != UInt8(ascii: "\n") }).write(to: train)
    try refused("holds 2 that are of another base, other data or other settings: rank-1_seed-1")
    try lines.write(to: train)

    var other = try BaseModel.read(base)
    let weights = try Data(contentsOf: base.appending(path: "model.safetensors"))
    other.decoder.norm.gain[0, 0] += 1
    try other.write(to: base)
    try refused("another base")
    try weights.write(to: base.appending(path: "model.safetensors"))

    let again = try tinyreft(words(flags))
    #expect(again.exitCode == 0 && again.output.contains("reused    2 of 2 runs"))
    #expect(report(place) == before)
  }

  @Test("data that change while a run waits for its turn: what was made of them is not believed")
  func changedMeanwhile() throws {
    let dev = task.appending(path: "dev.jsonl")
    let lines = try Data(contentsOf: dev)
    let begun = try begun()
    try Data(#"{"prompt":"do owl -> ","completion":"OWL"}"#.utf8).write(to: dev)
    begun.waitUntilExit()
    #expect(begun.terminationStatus == 1)
    try lines.write(to: dev)
    let second = out.appending(path: "rank-2_seed-1")
    let made = try #require(report(second))
    let again = try sweep("--ranks", "1,2")
    #expect(again.exitCode == 1 && again.errors.contains("holds 1 that are of another base"))
    #expect(report(second) == made)
  }

  @Test("a base whose constants differ, and labels of other names, are others")
  func constants() throws {
    try files.copyItem(at: DataFolder.find().appending(path: "base"), to: base)
    for split in ["train", "dev", "test"] {
      let lines = ["good", "bad"].map { #"{"text":"it is \#($0)","label":"\#($0)"}"# }
      try Data(lines.joined(separator: "\n").utf8)
        .write(to: task.appending(path: "\(split).jsonl"))
    }
    let flags = ["--ranks", "1", "--base", base.path]
    #expect(try tinyreft(words(flags)).exitCode == 0)
    func changed(_ file: URL, _ old: String, _ new: String) throws {
      let before = try Data(contentsOf: file)
      let text = String(decoding: before, as: UTF8.self)
      try #require(text.contains(old))
      try Data(text.replacing(old, with: new).utf8).write(to: file)
      let run = try tinyreft(words(flags))
      #expect(run.exitCode == 1 && run.errors.contains("holds 1 that are of another base"))
      try before.write(to: file)
    }
    try changed(base.appending(path: "config.json"), "\"rope_theta\" : 10000", "\"rope_theta\" : 7")
    for split in ["train", "dev", "test"] {
      let file = task.appending(path: "\(split).jsonl")
      let text = try String(contentsOf: file, encoding: .utf8)
      try Data(text.replacing(#""label":"good""#, with: #""label":"great""#).utf8).write(to: file)
    }
    let renamed = try tinyreft(words(flags))
    #expect(renamed.exitCode == 1 && renamed.errors.contains("holds 1 that are of another base"))
  }

  @Test("a run of other settings that was put in a run's place is not believed")
  func otherSettings() throws {
    #expect(try sweep("--ranks", "1").exitCode == 0)
    try files.removeItem(at: place)
    let other = try tinyreft([
      "train", "--task", task.path, "--rank", "1", "--learning-rate", "1e-6", "--out", place.path,
    ])
    #expect(other.exitCode == 0)
    let run = try sweep("--ranks", "1")
    #expect(run.exitCode == 1 && run.errors.contains("other settings"), "\(run.errors)")
  }

  @Test("the same name in another folder is another task")
  func sameName() throws {
    let other = folder.url.appending(path: "other")
    try files.createDirectory(at: other, withIntermediateDirectories: true)
    try files.copyItem(at: task, to: other.appending(path: "tiny"))
    let line = #"{"prompt":"do owl -> ","completion":"OWL"}"#
    try Data(line.utf8).write(to: other.appending(path: "tiny/dev.jsonl"))
    let words = ["sweep", "--task", "tiny", "--ranks", "1", "--out", out.path]
    #expect(try tinyreft(words, in: folder.url).exitCode == 0)
    let run = try tinyreft(words, in: other)
    #expect(run.exitCode == 1 && run.errors.contains("other data"), "\(run.errors)")
  }

  @Test("a second table does not take the place of the first unasked; its runs may be used again")
  func tables() throws {
    let first = try sweep("--ranks", "1")
    #expect(first.exitCode == 0 && first.output.contains("best      \(out.path)/rank-1_seed-1\n"))
    let table = out.appending(path: "sweep.md")
    let before = try Data(contentsOf: table)
    let second = try sweep("--ranks", "1,2")
    #expect(
      second.exitCode == 1
        && second.errors.contains("remove sweep.json, sweep.md, sweep.svg, sweep.settings.json"))
    #expect(try Data(contentsOf: table) == before)
    for name in ["sweep.md", "sweep.json", "sweep.svg", "sweep.settings.json"] {
      try files.removeItem(at: out.appending(path: name))
    }
    let asked = try sweep("--ranks", "1,2")
    #expect(asked.exitCode == 0 && asked.output.contains("reused    1 of 2 runs"))
    // A comparison in the same folder has a table of its own.
    let words = ["compare", "--methods", "loreft", "--tasks", task.path, "--seeds", "1"]
    #expect(try tinyreft(words + ["--out", out.path]).exitCode == 0)
    #expect(try sweep("--ranks", "1,2").exitCode == 0)
    let foreign = folder.url.appending(path: "foreign")
    try files.createDirectory(at: foreign, withIntermediateDirectories: true)
    try Data("precious".utf8).write(to: foreign.appending(path: "comparison.md"))
    let compare = try tinyreft([
      "compare", "--methods", "loreft", "--tasks", task.path, "--out", foreign.path,
    ])
    #expect(compare.exitCode == 1 && compare.errors.contains("comparison.md"))
    #expect(try files.contentsOfDirectory(atPath: foreign.path) == ["comparison.md"])
  }

  // MARK: What went wrong

  @Test("a setting that cannot be trained counts as nothing learned, and is not tried again")
  func diverged() throws {
    let flags = ["--ranks", "1", "--learning-rates", "0.01,1e300"]
    let first = try tinyreft(words(flags))
    #expect(first.exitCode == 0 && first.output.contains("| 1 | 1e300 | 0 | 0.000 |"))
    #expect(first.output.contains("did not stay finite:\n\n- rank-1_learning-rate-1e300_seed-1\n"))
    let again = try tinyreft(words(flags))
    #expect(again.exitCode == 0 && again.output.contains("reused    2 of 2 runs"))
  }

  @Test("a run that failed is no setting that diverged, whatever its error says")
  func failed() throws {
    let out = folder.url.appending(path: "not finite")
    let words = ["sweep", "--task", task.path, "--ranks", "1", "--out", out.path]
    let other = try RunFolder(out.appending(path: "rank-1_seed-1"))
    let run = try withExtendedLifetime(other) { try tinyreft(words) }
    #expect(run.exitCode == 1 && run.errors.contains("another run is writing to"), "\(run)")
    let table = try String(contentsOf: out.appending(path: "sweep.md"), encoding: .utf8)
    #expect(table.contains("Not in the table:\n\n- the run rank-1_seed-1 failed: another run is"))
    #expect(
      try String(contentsOf: out.appending(path: "sweep.json"), encoding: .utf8) == "[\n\n]\n")
  }

  @Test("a base with a NaN spoils nothing: when it is mended the same command goes on")
  func brokenBase() throws {
    try files.copyItem(at: DataFolder.find().appending(path: "base"), to: base)
    let weights = base.appending(path: "model.safetensors")
    let whole = try Data(contentsOf: weights)
    try (whole.dropLast(4) + Data([0, 0, 0xC0, 0x7F])).write(to: weights)
    let flags = ["--ranks", "1", "--base", base.path]
    let run = try tinyreft(words(flags))
    #expect(run.exitCode == 1 && run.errors.contains("not finite"), "\(run)")
    #expect(!files.fileExists(atPath: out.path))
    try whole.write(to: weights)
    let mended = try tinyreft(words(flags))
    #expect(mended.exitCode == 0 && mended.output.contains("| 1 | 1032 |"), "\(mended)")
  }

  // MARK: Its end

  /// A task that keeps a run busy for some seconds.
  private func longTask() throws {
    let lines = (0..<400).map { #"{"prompt":"do \#($0) -> ","completion":"\#($0 * 7 % 400)"}"# }
    try Data(lines.joined(separator: "\n").utf8).write(to: task.appending(path: "train.jsonl"))
  }

  /// Starts a sweep of two settings, and waits until the first run is at work.
  private func begun() throws -> Process {
    try longTask()
    let process = try tinyreftBegun(words(["--ranks", "1,2", "--threads", "1"]))
    while !RunFolder.holds(["settings.json"], at: place), process.isRunning {
      Thread.sleep(forTimeInterval: 0.01)
    }
    #expect(process.isRunning)
    return process
  }

  @Test("gone on with from another folder, runs find what they were begun with")
  func elsewhere() throws {
    try longTask()
    let words = ["sweep", "--ranks", "1", "--out", out.path, "--task"]
    let process = Process()
    process.executableURL = try executable()
    process.currentDirectoryURL = folder.url
    process.arguments = words + ["tiny"]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    while !RunFolder.holds(["settings.json"], at: place), process.isRunning {
      Thread.sleep(forTimeInterval: 0.01)
    }
    Thread.sleep(forTimeInterval: 0.5)
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    try #require(RunCheckpoint.isIn(place))
    let other = folder.url.appending(path: "other")
    try files.createDirectory(at: other, withIntermediateDirectories: true)
    let run = try tinyreft(words + ["../tiny"], in: other)
    #expect(run.exitCode == 0, "\(run.errors)")
  }

  @Test("ended, killed and gone on with, a sweep has the table of one that nobody disturbed")
  func undisturbed() throws {
    try longTask()
    let whole = folder.url.appending(path: "whole")
    let flags = ["--task", task.path, "--ranks", "1,2", "--out", whole.path]
    #expect(try tinyreft(["sweep"] + flags).exitCode == 0)

    let killed = try begun()
    Thread.sleep(forTimeInterval: 0.3)
    kill(killed.processIdentifier, SIGKILL)
    killed.waitUntilExit()
    // Its run ends with it, and with the run the lock.
    _ = try RunFolder(place, patience: .seconds(3))
    #expect(report(place) == nil)

    let ended = try begun()
    Thread.sleep(forTimeInterval: 0.5)
    kill(ended.processIdentifier, SIGINT)
    ended.waitUntilExit()
    #expect(ended.terminationStatus == 130)
    // The run was told, and has written down where it is: it did not go on to its end.
    #expect(RunCheckpoint.isIn(place))

    #expect(try sweep("--ranks", "1,2").exitCode == 0)
    for name in ["sweep.md", "sweep.json"] {
      #expect(
        try Data(contentsOf: out.appending(path: name))
          == Data(contentsOf: whole.appending(path: name)), "\(name)")
    }
  }
}

import Foundation
import Testing

@testable import TinyReFT

/// A small version of Campaigns/kills.sh.
@Suite("--resume (docs/80-trust.md)")
struct ResumeTests {
  private let folder: TemporaryFolder
  private var out: URL { folder.url.appending(path: "run") }

  init() throws { folder = try TemporaryFolder() }

  private static let train = ["train", "--epochs", "1", "--seed", "4", "--threads", "2"]
  private static let pretrain = ["pretrain", "--steps", "12", "--hidden", "8", "--threads", "2"]

  @Test(
    "killed, or ended by Ctrl-C, a run goes on to the same bytes",
    arguments: [
      (train, SIGINT), (train, SIGHUP),
      (train + ["--method", Methods.rivals.first?.method ?? "direft"], SIGKILL),
      (pretrain, SIGKILL),
    ])
  func sameBytes(words: [String], signal: Int32) throws {
    let whole = folder.url.appending(path: "whole")
    #expect(try tinyreft(words + ["--out", whole.path]).exitCode == 0)
    try tinyreft(words, in: out, endedBy: signal)
    let taken = try tinyreft(words + ["--out", out.path])
    #expect(taken.exitCode == 1 && taken.errors.contains("go on with --resume"))
    let later = try tinyreft([words[0], "--resume", out.path])
    #expect(later.exitCode == 0 && later.errors == "")

    let names = try FileManager.default.contentsOfDirectory(atPath: whole.path).sorted()
    #expect(try FileManager.default.contentsOfDirectory(atPath: out.path).sorted() == names)
    for name in names where name != "report.json" {
      #expect(
        try Data(contentsOf: out.appending(path: name))
          == Data(contentsOf: whole.appending(path: name)), "\(name)")
    }
    guard names.contains("report.json") else { return }
    var reports = try [out, whole].map { try RunReport.read($0.appending(path: "report.json")) }
    for i in reports.indices {
      (reports[i].seconds, reports[i].tokensPerSecond, reports[i].peakMemoryMB) = (0, 0, 0)
    }
    #expect(reports[0] == reports[1])
  }

  @Test("what cannot go on says why, and leaves everything as it was")
  func refused() throws {
    try tinyreft(Self.train, in: out, endedBy: SIGKILL)
    let checkpoint = out.appending(path: "checkpoint.safetensors")
    let before = try Data(contentsOf: checkpoint)
    let nowhere = folder.url.appending(path: "nowhere")
    let cases: [([String], Int32, String)] = [
      (
        ["train", "--resume", out.path, "--rank", "2"], 64, "--rank cannot be chosen with --resume"
      ),
      (["train", "--resume", out.path, "--out", nowhere.path], 64, "--out cannot be chosen"),
      (["pretrain", "--resume", out.path], 1, "holds no run of tinyreft pretrain"),
      (["train", "--resume", nowhere.path], 1, "no run that could go on"),
      (["eval", "--interventions", out.path], 1, "holds a run that is not over"),
    ]
    for (words, exitCode, message) in cases {
      let run = try tinyreft(words)
      #expect(run.exitCode == exitCode && run.errors.contains(message), "\(run.errors)")
    }
    #expect(try Data(contentsOf: checkpoint) == before)
    #expect(!FileManager.default.fileExists(atPath: nowhere.path))
  }

  @Test("what is recorded can be typed again, whatever folders are called")
  func words() throws {
    let task = try CompareCommandTests.task(in: folder)
    let odd = folder.url.appending(path: "--x")
    try FileManager.default.copyItem(at: URL(filePath: task), to: odd)
    try FileManager.default.copyItem(
      at: DataFolder.find().appending(path: "base"), to: folder.url.appending(path: "~"))
    let begun = ["train", "--task=--x", "--base", "./~", "--seed", "3"]
    let first = try tinyreft(begun + ["--out=--r5"], in: folder.url)
    #expect(first.exitCode == 0 && first.errors == "", "\(first.errors)")
    #expect(first.output.contains("wrote     ./--r5"))
    let run = folder.url.appending(path: "--r5")
    let report = try RunReport.read(run.appending(path: "report.json"))
    let shell = Process()
    shell.executableURL = URL(filePath: "/bin/sh")
    shell.currentDirectoryURL = folder.url
    shell.arguments = [
      "-c", "\(try executable().path)\(report.arguments.dropFirst(8)) --out again",
    ]
    shell.standardOutput = FileHandle.nullDevice
    try shell.run()
    shell.waitUntilExit()
    #expect(shell.terminationStatus == 0, "\(report.arguments)")
    let again = folder.url.appending(path: "again")
    for name in ["interventions.safetensors", "reft.json"] {
      #expect(
        try Data(contentsOf: again.appending(path: name))
          == Data(contentsOf: run.appending(path: name)))
    }
  }

  @Test("another dev or test split is another run: what was measured before would not be of it")
  func otherData() throws {
    let task = try CompareCommandTests.task(in: folder)
    try tinyreft(["train", "--task", task], in: out, endedBy: SIGKILL)
    for split in ["dev", "test"] {
      let file = URL(filePath: task).appending(path: "\(split).jsonl")
      let before = try Data(contentsOf: file)
      try Data(String(decoding: before, as: UTF8.self).replacing("PIG", with: "COW").utf8).write(
        to: file)
      let run = try tinyreft(["train", "--resume", out.path])
      #expect(run.exitCode == 1 && run.errors.contains("began with another base"), "\(run.errors)")
      try before.write(to: file)
    }
    #expect(try tinyreft(["train", "--resume", out.path]).exitCode == 0)
  }

  @Test("a folder whose name is no UTF-8 is refused, and no other is made")
  func noText() throws {
    let shell = Process()
    shell.executableURL = URL(filePath: "/bin/sh")
    shell.currentDirectoryURL = folder.url
    // Octal 351 is é in Latin-1, and in UTF-8 the beginning of something that does not come. A Mac's disk
    // makes no folder of that name.
    shell.arguments = [
      "-c",
      #"""
      name=$(printf 'caf\351')
      "$0" train --out "$name" 2>> errors; echo $? >> codes
      mkdir "$name" 2> /dev/null || exit
      cd "$name" && "$0" train --out run 2>> ../errors; echo $? >> ../codes
      """#, try executable().path,
    ]
    try shell.run()
    shell.waitUntilExit()
    func text(_ name: String) throws -> String {
      try String(contentsOf: folder.url.appending(path: name), encoding: .utf8)
    }
    let errors = try text("errors")
    let codes = try text("codes")
    #expect(codes.hasPrefix("64\n") && errors.contains("expected a path in UTF-8"), "\(errors)")
    #if os(Linux)
      #expect(codes == "64\n1\n" && errors.contains("working directory"), "\(errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).count == 3)
    #endif
  }

  @Test("a full disk ends the run with one line, and leaves nothing half-written")
  func fullDisk() throws {
    // To a program a limit on the size of files looks like a full disk: a write that is not finished.
    let train = Self.train + ["--rank", "8", "--out", out.path]
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments =
      ["-c", "ulimit -f 4; exec \"$0\" \"$@\"", try executable().path]
      + train
    // What a program under `--enable-code-coverage` writes at its end would not fit either.
    process.environment = ProcessInfo.processInfo.environment
      .merging(["LLVM_PROFILE_FILE": "/dev/null"]) { $1 }
    let errors = Pipe()
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, errors)
    try process.run()
    let text = String(
      decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 1)
    #expect(text.hasPrefix("Error: ") && text.split(separator: "\n").count == 1, "\(text)")
    #expect(
      text.contains("checkpoint.safetensors: cannot be written: a file may not grow so large"))
    // What the run is made of was small enough.
    #expect(try FileManager.default.contentsOfDirectory(atPath: out.path) == ["settings.json"])
    let again = try tinyreft(train)
    #expect(again.exitCode == 0, "\(again.errors)")
  }
}

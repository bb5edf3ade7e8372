import Foundation
import Testing

@testable import TinyReFT

@Suite("Where interventions come from (docs/60-runs.md)")
struct RunOriginTests {
  private let folder: TemporaryFolder
  private let files = FileManager.default
  private var base: URL { folder.url.appending(path: "base") }
  private var run: URL { folder.url.appending(path: "run") }

  init() throws {
    folder = try TemporaryFolder()
    var model = try BaseModel.read(DataFolder.find().appending(path: "base"))
    try model.write(to: folder.url.appending(path: "same"))
    // The same sizes, other weights: nothing but the fingerprint tells them apart.
    model.decoder.norm.gain[0, 0] += 0.01
    try model.write(to: base)
  }

  private func train(_ more: String...) throws {
    let words = ["train", "--task", "so", "--epochs", "1", "--base", base.path] + more
    let made = try tinyreft(words + ["--out", run.path])
    #expect(made.exitCode == 0 && made.errors == "", "\(made.errors)")
  }

  @Test("task and base are those of the run unless flags say otherwise, and then a line tells")
  func defaults() throws {
    try train()
    let own = try tinyreft(["eval", "--interventions", run.path])
    #expect(own.exitCode == 0 && own.errors == "", "\(own.errors)")
    #expect(own.output.contains("task        so, ") && own.output.contains(base.path))
    let report = try RunReport.read(run.appending(path: "report.json"))
    let json = try tinyreft(["eval", "--interventions", run.path, "--json"])
    #expect(json.output.contains("\"accuracy\":\(report.accuracy),"), "\(json.output)")

    let task = try tinyreft(["eval", "--interventions", run.path, "--task", "quiz"])
    #expect(
      task.exitCode == 0 && task.errors == "Warning: \(run.path) was trained on the task \"so\".\n")
    let same = folder.url.appending(path: "same")
    let warning =
      "Warning: \(run.path) was trained on another base than this one, which was \"\(base.path)\".\n"
    for words in [
      ["eval", "--interventions", run.path],
      ["generate", "--prompt", "so 1 + 1 -> ", "--interventions", run.path],
      [
        "trace", "--tokens", "256,100", "--prompt-length", "1", "--out", run.path + "/t",
        "--interventions", run.path,
      ],
      ["train", "--init", run.path, "--epochs", "1", "--out", run.path + "/more"],
    ] {
      let other = try tinyreft(words + ["--base", same.path])
      #expect(other.exitCode == 0 && other.errors == warning, "\(other.errors)")
    }
    let more = try RunReport.read(run.appending(path: "more/report.json"))
    #expect(more.task == "so")
  }

  @Test(
    "a base that is gone, or another by now, is not replaced by one that was not asked for",
    arguments: ["direft"] + Methods.rivals.prefix(1).map { $0.method })
  func gone(method: String) throws {
    try train("--method", method)
    for change in [
      {
        try files.removeItem(at: base)
        try files.copyItem(at: folder.url.appending(path: "same"), to: base)
      }, { try files.removeItem(at: base) },
    ] as [() throws -> Void] {
      try change()
      let lost = try tinyreft(["eval", "--interventions", run.path])
      #expect(lost.exitCode == 1 && lost.errors.contains("name it with --base"), "\(lost.errors)")
    }
  }

  @Test("a base that was moved is found by what it is, if it is the toy world's")
  func moved() throws {
    let made = try tinyreft([
      "train", "--task", "so", "--epochs", "1", "--base", folder.url.path + "/same", "--out",
      run.path,
    ])
    #expect(made.exitCode == 0)
    try files.removeItem(at: folder.url.appending(path: "same"))
    let found = try tinyreft(["eval", "--interventions", run.path])
    #expect(found.exitCode == 0 && found.errors == "", "\(found.errors)")
  }

  @Test("other examples under the same name are told")
  func otherExamples() throws {
    let task = try CompareCommandTests.task(in: folder)
    let made = try tinyreft(["train", "--task", task, "--out", run.path])
    #expect(made.exitCode == 0)
    let line = #"{"prompt":"do owl -> ","completion":"OWL"}"#
    try Data(line.utf8).write(to: URL(filePath: task).appending(path: "test.jsonl"))
    let other = try tinyreft(["eval", "--interventions", run.path])
    #expect(
      other.exitCode == 0
        && other.errors.contains("trained on other examples of \"\(task.prefix(20))"))
  }

  @Test("a report that is damaged is an error, and not another task")
  func damaged() throws {
    try train()
    let file = run.appending(path: "report.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    try Data(text.replacing(#""task" : "so""#, with: #""task" : 5"#).utf8).write(to: file)
    let eval = try tinyreft(["eval", "--interventions", run.path])
    #expect(eval.exitCode == 1 && eval.errors.contains("report.json: "), "\(eval.errors)")
    try Data(text.replacing(#""task" : "so""#, with: #""task" : "a\nb\u001B[31m""#).utf8)
      .write(to: file)
    let hostile = try tinyreft(["eval", "--interventions", run.path])
    #expect(hostile.errors.split(separator: "\n").count == 1 && !hostile.errors.contains("\u{1B}"))
  }

  @Test("folders without a fingerprint load without a word")
  func older() throws {
    let old = fixture("formats/1/loreft")
    let text = try String(contentsOf: old.appending(path: "reft.json"), encoding: .utf8)
    try #require(!text.contains("base_fingerprint"))
    let words = ["eval", "--interventions", old.path, "--base", fixture("formats/1/base").path]
    let own = try tinyreft(words + ["--task", "loud"])
    #expect(own.exitCode == 0 && own.errors == "", "\(own.errors)")
    // Its report names a folder that was there when it was written.
    let lost = try tinyreft(words)
    #expect(lost.exitCode == 1 && lost.errors.contains("name it with --task"), "\(lost.errors)")
  }
}

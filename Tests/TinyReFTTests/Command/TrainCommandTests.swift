import Foundation
import Testing

@testable import TinyReFT

@Suite("tinyreft train, eval and generate")
struct TrainCommandTests {
  private static let quick = ["train", "--epochs", "1", "--seed", "4", "--threads", "2"]

  @Test("a run writes what the format says, leaves the base alone, and can be repeated")
  func run() throws {
    let folder = try TemporaryFolder()
    let weights = try DataFolder.find().appending(path: "base/model.safetensors")
    let before = try Data(contentsOf: weights)
    let first = folder.url.appending(path: "first")

    let run = try tinyreft(Self.quick + ["--out", first.path])
    #expect(run.exitCode == 0 && run.errors == "")
    for part in [
      "129 parameters", "<s>do ", "[ ]", "before    held-out accuracy", "train     12/12",
    ] {
      #expect(run.output.contains(part), "\(part)")
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: first.path).sorted()
    #expect(
      files == [
        "interventions.safetensors", "loss.svg", "reft.json", "report.json", "settings.json",
      ])
    #expect(try Data(contentsOf: weights) == before)

    // The report's own command line, to another folder, gives the same numbers.
    let report = try RunReport.read(first.appending(path: "report.json"))
    #expect(report.trainableParameters == 129 && report.steps == 12 && report.heldOut == 256)
    let second = folder.url.appending(path: "second")
    let words = report.arguments.split(separator: " ").dropFirst().map(String.init)
    #expect(try tinyreft(words + ["--out", second.path]).exitCode == 0)
    let tensors = "interventions.safetensors"
    #expect(
      try Data(contentsOf: first.appending(path: tensors))
        == Data(contentsOf: second.appending(path: tensors)))

    try evaluates(first, report)
    try goesOn(from: first, in: folder)
  }

  /// `eval` and `generate` see what `train` saw.
  private func evaluates(_ interventions: URL, _ report: RunReport) throws {
    let eval = try tinyreft(["eval", "--interventions", interventions.path, "--json"])
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(eval.output.utf8)) as? [String: Any])
    let accuracy = try #require(object["accuracy"] as? Double)
    #expect(abs(accuracy - report.accuracy) < 1e-12)
    let text = try tinyreft([
      "generate", "--prompt", "loud pig -> ", "--interventions", interventions.path,
    ])
    #expect(text.output.hasPrefix("base     PIG\nadapted  "))
  }

  /// `--init` begins with the interventions as they were, and refuses to give them another shape.
  private func goesOn(from interventions: URL, in folder: TemporaryFolder) throws {
    let out = folder.url.appending(path: "third").path
    let more = Self.quick + ["--init", interventions.path, "--out", out]
    let conflict = try tinyreft(more + ["--rank", "2"])
    #expect(conflict.exitCode == 64)
    #expect(conflict.errors.contains("--rank cannot be chosen with --init"))
    #expect(try tinyreft(more).exitCode == 0)
    let taken = try tinyreft(more)
    #expect(taken.exitCode == 1)
    #expect(taken.errors.contains("holds reft.json already"))
  }

  @Test("labels: a head is trained and written beside, the probe is measured, eval reads it again")
  func labels() throws {
    let folder = try TemporaryFolder()
    let out = folder.url.appending(path: "kind")
    let run = try tinyreft(Self.quick + ["--task", "kind", "--out", out.path])
    #expect(run.exitCode == 0 && run.errors == "")
    for part in [
      "head      8 labels: 4,680 parameters", "always saying \"bird\"", "the head alone",
    ] {
      #expect(run.output.contains(part), "\(part)")
    }
    let report = try RunReport.read(out.appending(path: "report.json"))
    #expect(report.majorityAccuracy == 0.125 && report.classifierParameters == 4_680)
    #expect(report.probeLearningRate.map(Probe.learningRates.contains) == true)
    let eval = try tinyreft(["eval", "--task", "kind", "--interventions", out.path, "--json"])
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(eval.output.utf8)) as? [String: Any])
    let accuracy = try #require(object["accuracy"] as? Double)
    #expect(abs(accuracy - report.accuracy) < 1e-12)
    try expectPredictions(ofRun: out, task: "kind", accuracy: accuracy)

    let label = try tinyreft([
      "generate", "--interventions", out.path, "--prompt", "a robin is a",
    ])
    #expect(label.exitCode == 0 && label.errors == "")
    #expect(label.output.wholeMatch(of: /[a-z]+  probability 0\.[0-9]+\n/) != nil, "\(label)")

    let headless = try tinyreft("eval --task kind")
    #expect(headless.exitCode == 1 && headless.errors.contains("no classifier reads them"))
    let other = try tinyreft(["eval", "--task", "sentiment", "--interventions", out.path])
    #expect(other.exitCode == 1 && other.errors.contains("line 1 has the label \"pos\""))
    let more = folder.url.appending(path: "more").path
    let moved = try tinyreft(
      Self.quick + ["--task", "sentiment", "--init", out.path, "--out", more])
    #expect(moved.exitCode == 1 && moved.errors.contains("has other labels than the task"))
  }

  @Test("what dev said on the way stands in the report and in the curve, unless nobody looked")
  func dev() throws {
    let folder = try TemporaryFolder()
    let words = ["train", "--task", "quiz", "--epochs", "2", "--batch-size", "96"]
    func report(_ more: [String]) throws -> RunReport {
      let out = folder.url.appending(path: more.joined())
      let run = try tinyreft(words + more + ["--out", out.path])
      #expect(run.exitCode == 0 && run.output.contains("  dev 0.") == !more.contains("0"))
      return try RunReport.read(out.appending(path: RunReport.file))
    }
    let (part, all, none) = (
      try report([]), try report(["--eval-every", "3"]), try report(["--eval-every", "0"])
    )
    #expect(part.after == all.after && part.before?.test.accuracy == part.baseAccuracy)
    #expect(part.after?.dev.accuracy == part.devAccuracy && part.after?.test.count == 256)
    #expect(part.curve?.map(\.step) == [4, 8] && all.curve?.map(\.step) == [3, 6, 8])
    #expect(none.curve == nil && none.finalLoss == all.finalLoss)
    #expect(all.curve?.last?.accuracy == all.devAccuracy)
    let few = try tinyreft(words + ["--out", folder.url.appending(path: "few").path])
    #expect(few.output.contains("steps     8 in all, which is few to learn by"))
    #expect(few.output.contains("dev       the loss was still falling, from "))
    #expect(
      few.output.contains("before    held-out accuracy 0.355, tokens 0.894, loss 0.168; dev "))
    let blind = try tinyreft(words + ["--keep", "best", "--eval-every", "0"])
    #expect(blind.exitCode == 64 && blind.errors.contains("--keep best needs a look at dev"))
  }

  @Test(
    "what is learned by heart shows on dev, and the state before is kept where that is asked for")
  func learnedByHeart() throws {
    let folder = try TemporaryFolder()
    let so = try DataFolder.find().appending(path: "tasks/so")
    for split in Split.allCases {
      let name = "\(split.rawValue).jsonl"
      let lines = try String(contentsOf: so.appending(path: name), encoding: .utf8)
        .split(separator: "\n").prefix(split == .train ? 30 : 64)
      _ = try folder.file(name, text: lines.joined(separator: "\n"))
    }
    let words = [
      "train", "--task", folder.url.path, "--rank", "8", "--positions", "all", "--epochs", "60",
    ]
    for (keep, said) in [
      ("last", "; --keep best keeps that state"), ("best", ", and that state is kept"),
    ] {
      let out = folder.url.appending(path: keep)
      let run = try tinyreft(words + ["--keep", keep, "--out", out.path])
      #expect(
        run.output.contains("dev       the loss was least after step ") && run.output.contains(said)
      )
      #expect(!run.output.contains("still falling"))
      #expect(!run.output.contains("in all, which is few"))
      let report = try RunReport.read(out.appending(path: RunReport.file))
      let best = try #require(report.curve?.best)
      #expect((report.devAccuracy == best.accuracy) == (keep == "best"))
    }
  }

  @Test("labels that are equal as texts and not in bytes are two, which is said, and read again")
  func twins() throws {
    let folder = try TemporaryFolder()
    let lines = ["\u{E9}", "e\u{301}", "x"].map { #"{"text": "\#($0)", "label": "\#($0)"}"# }
    for split in Split.allCases {
      _ = try folder.file("\(split.rawValue).jsonl", text: lines.joined(separator: "\n"))
    }
    let out = folder.url.appending(path: "run")
    let run = try tinyreft(
      ["train", "--task", folder.url.path, "--epochs", "1", "--out", out.path])
    #expect(run.exitCode == 0 && run.output.contains("look alike and differ in bytes"))
    #expect(run.output.contains("majority  held-out accuracy 0.333"))
    #expect(try tinyreft(["eval", "--interventions", out.path]).exitCode == 0)
  }

  @Test("a text whose attention fits into no memory is refused, and nothing aborts")
  func longText() throws {
    let folder = try TemporaryFolder()
    let base = try DataFolder.find().appending(path: "base")
    let copy = folder.url.appending(path: "base")
    try FileManager.default.copyItem(at: base, to: copy)
    let config = copy.appending(path: "config.json")
    let text = try String(contentsOf: config, encoding: .utf8)
    let long = text.replacing(/"max_position_embeddings" ?: 128/) { _ in
      "\"max_position_embeddings\": 8000000"
    }
    try #require(long != text)
    try Data(long.utf8).write(to: config)
    let line = #"{"prompt": "\#(String(repeating: "a", count: 1_000_000))", "completion": "b"}"#
    let task = folder.url.appending(path: "task")
    try createFolder(task)
    for split in Split.allCases {
      try Data(line.utf8).write(to: task.appending(path: "\(split.rawValue).jsonl"))
    }
    let run = try tinyreft(["eval", "--base", copy.path, "--task", task.path])
    #expect(run.exitCode == 1)
    #expect(run.errors.contains("more than there is memory; shorten the text"))
  }

  /// What `eval --predictions` writes has as many right as eval says, and is written over nothing.
  private func expectPredictions(ofRun run: URL, task: String, accuracy: Double) throws {
    let file = run.appending(path: "predictions.jsonl")
    let words = [
      "eval", "--task", task, "--interventions", run.path, "--predictions", file.path,
    ]
    #expect(try tinyreft(words).exitCode == 0)
    let lines = try JSONLines.read(file)
    #expect(lines.count == 256 || task != "loud")
    let right = try lines.count { line in
      let isRight = try line["right"].bool()
      #expect(try !isRight || line["answered"].string() == line["wanted"].string())
      return isRight
    }
    #expect(abs(Double(right) / Double(lines.count) - accuracy) < 1e-12)
    let again = try tinyreft(words)
    #expect(again.exitCode == 1 && again.errors.contains("something else has this name"))
  }

  @Test("predictions of completions are as many right as accuracy says")
  func predictions() throws {
    let folder = try TemporaryFolder()
    let out = folder.url.appending(path: "loud")
    _ = try tinyreft(["train", "--epochs", "6", "--out", out.path])
    let report = try RunReport.read(out.appending(path: "report.json"))
    #expect(report.accuracy > 0.1)
    try expectPredictions(ofRun: out, task: "loud", accuracy: report.accuracy)
  }

  @Test("Ctrl-C ends the run, and what was learned so far is written")
  func interrupted() throws {
    let folder = try TemporaryFolder()
    let out = folder.url.appending(path: "run")
    let process = Process()
    process.executableURL = try executable()
    process.arguments = ["train", "--epochs", "100000", "--out", out.path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    // The header is printed before the first step; a moment later the steps are going.
    _ = try output.fileHandleForReading.read(upToCount: 1)
    Thread.sleep(forTimeInterval: 1)
    process.interrupt()
    let text = String(
      decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 130)
    #expect(text.contains("Ended early, after "))
    let report = try RunReport.read(out.appending(path: "report.json"))
    #expect(report.interrupted)
    #expect(FileManager.default.fileExists(atPath: out.appending(path: "reft.json").path))
  }

  @Test(
    "bad input is one line on standard error, exit code 1 or 64, and nothing is written",
    arguments: [
      ("--task louder", 1, "there is no task \"louder\"; use loud, mirror"),
      ("--base /nowhere", 1, "/nowhere/config.json: cannot be read"),
      ("--rank 65", 1, "rank 65 is not within 1 … 64"),
      ("--layers 4", 1, "there is no layer 4; the base's layers are 0 … 3"),
      ("--layers 1,1", 1, "layer 1 is named twice"),
      ("--positions f0", 64, "expected fP+lS"), ("--positions l1+f1", 64, "expected fP+lS"),
      ("--positions all --sharing position", 1, "needs a fixed number of positions"),
      ("--method consreft --start identity", 64, "No consreft is the identity"),
      ("--learning-rate nan", 64, "expected a number above 0"),
      ("--epochs 99999999999999999999", 64, "expected a whole number"),
      ("--out /dev/null/run", 1, "/dev/null"), ("--init /nowhere", 1, "/nowhere/reft.json"),
    ])
  func badInput(flags: String, exitCode: Int32, message: String) throws {
    let folder = try TemporaryFolder()
    let out = folder.url.appending(path: "run").path
    let words = flags.split(separator: " ").map(String.init)
    let run = try tinyreft(["train"] + words + (flags.contains("--out") ? [] : ["--out", out]))
    #expect(run.exitCode == exitCode)
    #expect(run.errors.hasPrefix("Error: ") && run.errors.contains(message), "\(run.errors)")
    #expect(exitCode == 64 || run.errors.split(separator: "\n").count == 1)
    #expect(!FileManager.default.fileExists(atPath: out))
  }

  @Test("pretrain does not write over a base, and needs a place for another one")
  func pretrainPlace() throws {
    let folder = try TemporaryFolder()
    _ = try folder.file("model.safetensors", text: "precious")
    let taken = try tinyreft(["pretrain", "--steps", "1", "--out", folder.url.path])
    #expect(taken.exitCode == 1 && taken.errors.contains("holds model.safetensors already"))
    let homeless = try tinyreft("pretrain --steps 1")
    #expect(homeless.exitCode == 64 && homeless.errors.contains("name --out"))
    let file = try folder.file("file", text: "")
    let blocked = try tinyreft(["pretrain", "--steps", "1", "--out", file.path + "/base"])
    #expect(blocked.exitCode == 1 && blocked.errors.contains("a part of the path is not a folder"))
    let made = folder.url.appending(path: "base")
    #expect(try tinyreft(["pretrain", "--steps", "2", "--out", made.path]).exitCode == 0)
    let eval = try tinyreft(["eval", "--base", made.path, "--json"])
    #expect(eval.exitCode == 0)
  }

  @Test(
    "a learning rate that makes the loss explode ends with an error, and keeps the last good state")
  func explodes() throws {
    let folder = try TemporaryFolder()
    let out = folder.url.appending(path: "run")
    let run = try tinyreft(
      Self.quick + ["--learning-rate", "1e300", "--clip", "0", "--out", out.path])
    #expect(run.exitCode == 3)
    #expect(run.errors.contains(" not finite at step "))
    #expect(FileManager.default.fileExists(atPath: out.appending(path: "reft.json").path))
  }
}

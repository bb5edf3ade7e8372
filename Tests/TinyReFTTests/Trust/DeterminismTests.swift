import Foundation
import Testing

@testable import TinyReFT

/// Same seed, same bits: in every run, and on any number of threads. Every thread count below is a run
/// of its own, so equal files say both. Campaigns/determinism.sh does the same with real tasks.
@Suite("Determinism (docs/80-trust.md)")
struct DeterminismTests {
  private static let threads = [1, 2, 3, 8]

  /// Of 20 examples, which make 8 shards of unequal size.
  private static func trained<A: Adaptation>(
    _ model: AdaptedDecoder<A>, threads: Int
  ) throws -> (losses: [Scalar], tensors: [Tensor], evaluation: Evaluation) {
    var options = TrainingOptions()
    (options.epochs, options.threads, options.batchSize) = (2, threads, 9)
    var job = Finetuning(
      base: model.decoder, model.adaptation, classifier: model.classifier,
      learned: model.learned, options: options)
    let examples = ObjectiveTests.examples(20).map {
      model.classifier == nil
        ? $0 : TokenSequence(tokens: $0.tokens + [1], promptLength: $0.tokens.count)
    }
    try job.run(on: examples) { _ in true }
    let evaluation = job.model.evaluate(examples, threads: threads)
    return (job.record.losses, job.model.parameters.map(\.tensor), evaluation)
  }

  private func expectSameBits<A: Adaptation>(_ model: AdaptedDecoder<A>) throws {
    let runs = try Self.threads.map { try Self.trained(model, threads: $0) }
    #expect(runs.dropFirst().allSatisfy { $0 == runs[0] }, "\(A.self)")
    #expect(runs[0].tensors != model.parameters.map(\.tensor), "\(A.self) learns")
  }

  @Test("every rival learns and answers the same bits", arguments: Methods.rivals)
  func rivals(rival: any Rival.Type) throws {
    try expectSameBits(SmallDecoder.model(rival))
  }

  @Test("so does every ReFT method, with dropout, and with labels", arguments: [false, true])
  func reft(hasLabels: Bool) throws {
    func check<Phi: InterventionFunction>(_ phi: Phi.Type) throws {
      var reft = ReFT<Phi>(
        rank: 2, width: 6, layers: [0, 2], positions: .ends(prefix: 1, suffix: 1), sharing: .side,
        start: .random, seed: 2)
      reft.dropout = 0.2
      let head = hasLabels ? Classifier(width: 6, labelCount: 2, seed: 3) : nil
      try expectSameBits(AdaptedDecoder(Decoder(SmallDecoder.configuration, seed: 1), reft, head))
    }
    for phi in ReFTConfiguration.methods { try check(phi) }
  }

  @Test("so does the probe that a classifier is measured against")
  func probe() throws {
    let examples = (0..<20).map { TokenSequence(tokens: [$0 % 11, 3, $0 % 2], promptLength: 2) }
    let runs = Self.threads.map { threads in
      var options = TrainingOptions()
      (options.epochs, options.threads, options.batchSize) = (1, threads, 9)
      return Probe(
        Classifier(width: 6, labelCount: 2, seed: 3),
        on: Decoder(SmallDecoder.configuration, seed: 1),
        train: examples, dev: examples, options: options
      ).model.classifier?.parameters.map(\.tensor)
    }
    #expect(runs[0] != nil && runs.dropFirst().allSatisfy { $0 == runs[0] })
  }

  /// Each command that computes, without what is added below.
  private static let commands =
    [
      "train --base BASE --task TASK --epochs 2 --dropout 0.1 --positions f1+l1",
      "train --base BASE --task LABELS --epochs 1",
      "pretrain --steps 1 --hidden 8", "sweep --base BASE --task TASK --ranks 1 --seeds 2",
      "compare --base BASE --methods direft --tasks TASK --seeds 1",
    ]
    + Methods.rivals.suffix(1).map {
      "train --base BASE --task TASK --epochs 1 --method \($0.method)"
    }

  @Test("every command that computes writes the same files", arguments: commands)
  func computing(command: String) throws {
    let inputs = try Self.inputs()
    // Compare and sweep run train, which the others test on every number of threads.
    let threads = command.contains("train") ? Self.threads : [1, 3]
    let written = try threads.map { count in
      try Self.written(by: command + " --threads \(count)", inputs)
    }
    #expect(written.dropFirst().allSatisfy { $0 == written[0] })
  }

  @Test(
    "so do those that only write",
    arguments: [
      "world", "trace --base BASE --tokens 256,100,111,32 --prompt-length 3",
    ])
  func converting(command: String) throws {
    let inputs = try Self.inputs()
    #expect(try Self.written(by: command, inputs) == Self.written(by: command, inputs))
  }

  /// A task of three lines, one of labels, and interventions.
  private static func inputs() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (task, line) in [
      ("task", #"{"prompt":"do X","completion":"X"}"#), ("labels", #"{"text":"X","label":"X"}"#),
    ] {
      for split in Split.allCases {
        let url = folder.url.appending(path: "\(task)/\(split.rawValue).jsonl")
        try createFolder(url.deletingLastPathComponent())
        let lines = ["a", "b", "a"].map { line.replacing("X", with: $0) }
        try Data(lines.joined(separator: "\n").utf8).write(to: url)
      }
    }
    return folder
  }

  /// Every file that a command wrote into a new place, without what may differ.
  private static func written(by command: String, _ inputs: TemporaryFolder) throws -> [String:
    Data]
  {
    let folder = try TemporaryFolder()
    let out = folder.url.appending(path: "out")
    let places = [
      "TASK": inputs.url.appending(path: "task"), "LABELS": inputs.url.appending(path: "labels"),
      "BASE": fixture("formats/1/base"), "REFT": fixture("formats/1/loreft"),
    ]
    let words = command.split(separator: " ").map { places[String($0)]?.path ?? String($0) }
    let run = try tinyreft(words + ["--out", out.path])
    try #require(run.exitCode == 0, "\(command): \(run.errors)")
    let files = FileManager.default.enumerator(atPath: folder.url.path)
    var written: [String: Data] = [:]
    for case let path as String in files ?? .init() {
      guard let data = try? Data(contentsOf: folder.url.appending(path: path)) else { continue }
      written[path] = withoutMeasurements(data, of: path)
    }
    try #require(!written.isEmpty)
    return written
  }

  /// Seconds, memory and the number of threads: all that two runs may differ in.
  private static func withoutMeasurements(_ data: Data, of path: String) -> Data {
    switch path.split(separator: "/").last {
    case "report.json", "comparison.json":
      let measured =
        /"(seconds|tokens_per_second|peak_memory_mb|threads)" : [0-9.e+-]+|--threads \d+/
      return Data(String(decoding: data, as: UTF8.self).replacing(measured, with: "").utf8)
    case "comparison.md":
      // … | chosen | seconds | memory | on disk |
      let measured = /[0-9.]+ \| [0-9]+ (\| [0-9.]+ \|\n)/
      let text = String(decoding: data, as: UTF8.self)
      return Data(text.replacing(measured, with: { String($0.1) }).utf8)
    default: return data
    }
  }
}

import Foundation
import Testing

@testable import TinyReFT

@Suite("Finetuning (docs/60-runs.md)")
struct FinetuningTests {
  private func job(epochs: Int = 20, threads: Int = 1) -> Finetuning<ReFT<LoReFT>> {
    var options = TrainingOptions()
    (options.epochs, options.batchSize, options.threads) = (epochs, 2, threads)
    return Finetuning(
      base: Decoder(BaseModelTests.configuration, seed: 1),
      ReFT(InterventionsDirectoryTests.configuration, start: .identity, seed: 2),
      options: options)
  }

  private let examples = [[5, 6, 7, 8], [9, 10, 11], [12, 13, 14, 15, 16]].map {
    TokenSequence(tokens: $0, promptLength: 2)
  }

  @Test("the loss falls, R stays orthonormal, the base keeps every bit")
  func learns() throws {
    var job = job()
    let base = job.model.decoder
    var departures: [Scalar] = []
    try job.run(on: examples) { progress in
      departures += progress.departure.map { [$0] } ?? []
      return true
    }
    #expect(job.record.losses.count == 40)
    #expect(try #require(job.record.losses.last) < job.record.losses[0] - 0.5)
    #expect(departures.count == 4)
    #expect(departures.allSatisfy { $0 < 1e-5 })
    #expect(
      zip(job.model.decoder.parameters, base.parameters).allSatisfy { $0.tensor == $1.tensor })
  }

  @Test("ending early keeps what was learned so far")
  func stops() throws {
    var job = job()
    try job.run(on: examples) { $0.step < 3 }
    #expect(job.record.losses.count == 3)
    #expect(
      job.model.adaptation.interventions[0].phi.W
        != self.job().model.adaptation.interventions[0].phi.W)
  }

  @Test("a last update that proves wrong on other examples can be taken back")
  func takesBack() throws {
    var (two, three) = (job(), job())
    try two.run(on: examples) { $0.step < 2 }
    try three.run(on: examples) { $0.step < 3 }
    three.takeBackLastUpdate()
    #expect(
      three.model.adaptation.parameters.map(\.tensor)
        == two.model.adaptation.parameters.map(\.tensor))
  }

  @Test("the curve shows every step")
  func curve() throws {
    var job = job(epochs: 2)
    try job.run(on: examples) { _ in true }
    let svg = job.lossCurve(of: "own, loreft").svg
    #expect(svg.hasPrefix("<svg") && svg.hasSuffix("</svg>\n"))
    #expect(svg.contains("mean of 1") && svg.contains("own, loreft"))
    let point = { DevPoint(step: $0, trainLoss: 1, loss: 2, accuracy: 0) }
    job.record.dev = [point(1), point(2)]
    #expect(job.lossCurve(of: "").svg.contains(">dev</text>"))
    // As many points as can be told apart, however many steps there were.
    for count in [1_999, 200_000] {
      job.record.losses = (0..<count).map { Scalar($0 % 7) }
      #expect(job.lossCurve(of: "").svg.utf8.count < 100_000)
    }
  }
}

@Suite("Run report (docs/60-runs.md)")
struct RunReportTests {
  @Test("report.json has the fields of the format")
  func fields() throws {
    let folder = try TemporaryFolder()
    var report = RunReport()
    (report.method, report.trainableParameters) = ("loreft", 129)
    try report.write(to: folder.url)
    let data = try Data(contentsOf: folder.url.appending(path: "report.json"))
    let object = try #require(
      try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let wanted: Set = [
      "method", "task", "base_accuracy", "accuracy", "held_out", "trainable_parameters",
      "base_parameters", "steps", "seconds", "tokens_per_second", "final_loss", "seed", "threads",
      "arguments", "dev_accuracy", "interrupted", "scalar", "peak_memory_mb",
    ]
    #expect(Set(object.keys) == wanted)
    #expect(object["trainable_parameters"] as? Int == 129)
  }

  @Test("what was written is read again, what may be missing too")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    var report = RunReport()
    (report.method, report.task, report.seed) = ("direft", "so", .max)
    (report.accuracy, report.finalLoss, report.orthonormality) = (0.1, 1 / 3, 2e-8)
    (report.base, report.probeLearningRate, report.classifierParameters) = ("/x", 0.01, 7)
    report.curve = [DevPoint(step: 3, trainLoss: 0.5, loss: 0.25, accuracy: 1)]
    try report.write(to: folder.url)
    #expect(try RunReport.read(folder.url.appending(path: RunReport.file)) == report)
  }

  @Test(
    "a number out of its range is refused by its name",
    arguments: [
      (#""trainable_parameters" : 0"#, "-9223372036854775808", "0 … 9007199254740992"),
      (#""accuracy" : 0"#, "1.5", "0 … 1"), (#""seconds" : 0"#, "-1", "0 … 1e+15"),
    ])
  func range(member: String, value: String, accepted: String) throws {
    let folder = try TemporaryFolder()
    try RunReport().write(to: folder.url)
    let url = folder.url.appending(path: RunReport.file)
    let text = try String(contentsOf: url, encoding: .utf8)
    try #require(text.contains(member))
    try Data(text.replacing(member, with: "\(member.dropLast())\(value)").utf8).write(to: url)
    let key = member.prefix { $0 != " " }
    expectError(url, "\(key) is \(value); supported: \(accepted)") { try RunReport.read(url) }
  }
}

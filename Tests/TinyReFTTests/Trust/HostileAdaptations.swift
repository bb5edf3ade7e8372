import Foundation

@testable import Command
@testable import TinyReFT

/// The readers of what training writes, with good folders.
extension HostileReader {
  /// Each method with each sharing.
  static let interventions = Result<HostileReader, any Error> {
    func files<Phi: InterventionFunction>(_ phi: Phi.Type, _ sharing: Sharing) throws -> Files {
      let c = ReFTConfiguration(
        method: Phi.method, rank: 2, layers: [0, 1], positions: .ends(prefix: 1, suffix: 2),
        sharing: sharing, hiddenSize: 6)
      return try Self.files {
        try InterventionsDirectory.write(
          ReFT<Phi>(c, start: .random, seed: 3), c, base: "00ff", to: $0)
      }
    }
    let seeds = try ReFTConfiguration.methods.flatMap { phi in
      try Sharing.allCases.map { try files(phi, $0) }
    }
    return HostileReader(name: "interventions", seeds: seeds) {
      let read = try InterventionsDirectory.read($0, for: decoder.configuration)
      return { try use(decoder, read.adaptation) }
    }
  }

  /// Of a run with two steps behind it.
  static let checkpoint = Result<HostileReader, any Error> {
    let options = TrainerTests.options(epochs: 2)
    let seed = try files {
      var (trainer, record) = (TrainerTests.trainer(options), RunRecord())
      for _ in 0..<2 {
        let loss = try trainer.step(on: TrainerTests.examples).loss
        record.losses.append(Scalar(loss))
      }
      try RunCheckpoint(command: ["train"], began: Fingerprint(), record).write(
        trainer.state, to: $0)
    }
    return HostileReader(name: "checkpoint", seeds: [seed]) {
      var trainer = TrainerTests.trainer(options)
      _ = try RunCheckpoint.read($0).restore(&trainer, began: Fingerprint(), from: $0)
      return { [trainer] in
        var trainer = trainer
        _ = try trainer.step(on: TrainerTests.examples)
      }
    }
  }

  /// None where there are no rivals.
  static let adapters = Methods.rivals.isEmpty ? [] : [adapter]

  static let adapter = Result<HostileReader, any Error> {
    func files(_ rival: any Rival.Type) throws -> Files {
      let c = RivalConfiguration(
        method: rival.method, size: 2, alpha: 3, maps: [.keys, .down], layers: [0, 1])
      let model = AdaptedBase(rival, c, of: decoder, seed: 1).model
      return try Self.files { try Methods.registry?.write(model, c, base: "00ff", to: $0) }
    }
    let seeds = try Methods.rivals.map { try files($0) }
    // For peft, not for us.
    return HostileReader(
      name: "adapter", seeds: seeds,
      read: {
        let adapted = try Methods.registry?.read($0, for: decoder).adapted
        return { if let adapted { try use(adapted.decoder, Unadapted()) } }
      }, spared: ["adapter_config.json"])
  }

  static let classifier = Result<HostileReader, any Error> {
    let seeds = try [2, 3].map { count in
      let labels = (0..<count).map { "label \($0)" }
      return try files {
        try ClassifierDirectory.write(
          Classifier(width: 6, labelCount: count, seed: 1), labels: labels, to: $0)
      }
    }
    return HostileReader(name: "classifier", seeds: seeds) {
      let read = try ClassifierDirectory.read($0, width: 6)
      return { try use(decoder, Unadapted(), read?.head) }
    }
  }

  // MARK: What compare and sweep read again

  static let report = {
    var report = RunReport()
    (report.method, report.task, report.arguments) = ("loreft", "so", "tinyreft train")
    (report.baseAccuracy, report.accuracy, report.devAccuracy) = (0.25, 0.5, 0.5)
    (report.trainableParameters, report.heldOut, report.orthonormality) = (100, 4, 1e-9)
    return report
  }()

  static let reports = Result<HostileReader, any Error> {
    let seeds = [try files { try report.write(to: $0) }]
    return HostileReader(name: "report", seeds: seeds) {
      let read = try RunReport.read($0.appending(path: "report.json"))
      return {
        let comparison = Comparison(methods: ["loreft"], tasks: ["so"], seeds: 1)
        let reports = Dictionary(uniqueKeysWithValues: comparison.searches.map { ($0, read) })
        let rows = comparison.rows(comparison.choices(reports), reports) { _ in 1 }
        precondition(!Comparison.markdown(rows).isEmpty)
        precondition(!ParameterChart(rows).drawing.svg.isEmpty)
        let sweep = Sweep([.init("rank", ["1"])], seeds: 2)
        _ = sweep.markdown([sweep.result(of: ["1"], [read, nil])])
      }
    }
  }

  static let settings = Result<HostileReader, any Error> {
    let identity = RunIdentity(
      ["--task", "so"], base: decoder, fingerprint: "0123456789abcdef", data: [Fingerprint()])
    let seed = try files { try identity.write(to: $0) }
    return HostileReader(
      name: "settings", seeds: [seed],
      read: { folder in
        _ = try RunIdentity.read(folder.appending(path: RunIdentity.file))
        return { _ = identity.isOf(folder) }
      })
  }
}

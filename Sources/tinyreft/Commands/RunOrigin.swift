import Foundation
import TinyReFT

/// Where interventions come from: what their folder says of the run that made them. It need not be said
/// again by flags, and where flags say otherwise, one line tells.
struct RunOrigin {
  let folder: URL
  /// `Decoder.fingerprint` of the base; nil of a folder that is older than fingerprints are.
  let baseFingerprint: String?
  /// nil where the folder has none.
  let report: RunReport?

  /// Of the folder of interventions; nil where there is none, or it does not say.
  init?(_ path: String?) throws {
    guard let path else { return nil }
    folder = URL(filePath: path)
    guard let trained = try? TrainedOn(folder) else {
      guard !RunCheckpoint.isIn(folder) else {
        throw Refusal(
          "\(shown(folder)) holds a run that is not over",
          "finish it with tinyreft train --resume \(shown(folder))")
      }
      return nil
    }
    baseFingerprint = trained.fingerprint
    report =
      RunFolder.holds([RunReport.file], at: folder)
      ? try RunReport.read(folder.appending(path: RunReport.file)) : nil
  }

  /// The run's base, where its folder was, or else the toy world's if it is the same. Throws when
  /// neither is what the interventions were trained on; nil when the folder does not say.
  func base<Model>(
    _ read: (URL) throws -> Model, decoder: (Model) -> Decoder
  ) throws -> (directory: URL, base: Model)? {
    guard let baseFingerprint else { return nil }
    let places = [
      report?.base.map { URL(filePath: $0) }, try? DataFolder.find().appending(path: "base"),
    ]
    for place in places.compactMap(\.self) {
      if let base = try? read(place), decoder(base).fingerprint == baseFingerprint {
        return (place, base)
      }
    }
    let place = report?.base.map { "in \(quoted($0)) any more, nor " } ?? ""
    throw Refusal(
      "the base that \(shown(folder)) was trained on is not \(place)in data/base",
      "name it with --base")
  }

  /// The run's task; nil when the folder does not say. Throws when it is not there any more.
  func task() throws -> String? {
    guard let report else { return nil }
    guard (try? TaskPlace(ofTask: report.task)) != nil else {
      throw Refusal(
        "\(shown(folder)) was trained on the task \(quoted(report.task)), which is not to be found "
          + "from here", "name it with --task")
    }
    return report.task
  }

  /// A line if the base is not that of the run.
  func warn(ofBase decoder: Decoder, on console: Console) {
    guard let baseFingerprint, decoder.fingerprint != baseFingerprint else { return }
    console.complain(
      "Warning: \(shown(folder)) was trained on another base than this one"
        + (report?.base.map { ", which was \(quoted($0))" } ?? "") + ".")
  }

  /// A line if the task, or its examples, are not those of the run.
  func warn(ofTask task: String, _ data: () throws -> TaskSplits, on console: Console) {
    guard let report, let fingerprint = report.dataFingerprint,
      (try? data().fingerprint.text) != fingerprint
    else { return }
    let isSame = task == report.task
    console.complain(
      "Warning: \(shown(folder)) was trained on "
        + (isSame
          ? "other examples of \(quoted(task)) than these." : "the task \(quoted(report.task))."))
  }
}

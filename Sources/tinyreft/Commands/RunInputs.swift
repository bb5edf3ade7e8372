import Foundation
import TinyReFT

/// What a run begins with beside its settings, read whole: the frozen base and the task.
struct RunInputs {
  let baseDirectory: URL
  let base: BaseModel
  let baseFingerprint: String
  /// As it was typed, and where it is.
  let task: String
  let place: TaskPlace
  let data: TaskSplits

  init(_ materials: Materials, on console: Console) throws {
    let (directory, base) = try materials.readBase(on: console)
    try self.init(directory, base, base.decoder.fingerprint, task: materials.taskName())
  }

  /// Those of several tasks with one base, by the task as it was typed.
  static func each(
    _ tasks: [String], _ materials: Materials, on console: Console
  ) throws -> [String: RunInputs] {
    let (directory, base) = try materials.readBase(on: console)
    let fingerprint = base.decoder.fingerprint
    return try tasks.reduce(into: [:]) {
      $0[$1] = try RunInputs(directory, base, fingerprint, task: $1)
    }
  }

  /// What all plans with these inputs share of their identity.
  func identity(_ arguments: [String]) -> RunIdentity {
    RunIdentity(
      arguments, base: base.decoder, fingerprint: baseFingerprint, data: [data.fingerprint])
  }

  private init(
    _ directory: URL, _ base: BaseModel, _ fingerprint: String, task: String
  ) throws {
    (baseDirectory, self.base, baseFingerprint, self.task) = (directory, base, fingerprint, task)
    place = try TaskPlace(ofTask: task)
    data = try TaskSplits(
      place, tokenizer: base.tokenizer,
      contextLength: base.decoder.configuration.contextLength)
  }
}

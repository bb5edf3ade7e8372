import Foundation
import Synchronization
import TinyReFT

/// Many runs of `tinyreft train`, each a process of its own, some at a time.
///
/// A run that left a whole report behind is not made again: a comparison that was ended goes on where
/// it stopped. A process each, so that one run's memory can be measured and none can spoil another.
struct RunPool {
  let folder: URL
  /// How many at a time; each computes on one thread.
  let threads: Int
  let console: Console

  /// Makes those of the runs that are not there yet, and returns the reports of all, in their order.
  /// Shows progress out of `total`, of which `done` were made before.
  func reports(
    of runs: [(folder: String, arguments: [String])], progress: ProgressLine, done: Int
  ) throws -> [RunReport?] {
    let finished = Atomic(done)
    let results = parallelMap(count: runs.count, threads: threads) { i in
      let result = Result { try report(of: runs[i]) }
      progress.update(finished.wrappingAdd(1, ordering: .relaxed).newValue) { runs[i].folder }
      return result
    }
    return try results.map { try $0.get() }
  }

  /// nil when the run was not made because the user asked to end, or could not be finished because
  /// its loss did not stay finite: such a setting is no candidate.
  private func report(of run: (folder: String, arguments: [String])) throws -> RunReport? {
    let place = folder.appending(path: run.folder)
    let (report, diverged) = (
      place.appending(path: "report.json"), place.appending(path: "diverged.txt")
    )
    let files = FileManager.default
    if let whole = try? RunReport.read(report), !whole.interrupted { return whole }
    if files.fileExists(atPath: diverged.path) { return nil }
    guard !console.interruption.isRequested else { return nil }
    // What an ended run has left is in a folder of the comparison's own.
    if files.fileExists(atPath: place.path) { try files.removeItem(at: place) }
    let message = try train(run.arguments + ["--out", place.path])
    if let whole = try? RunReport.read(report), message == nil {
      return whole.interrupted ? nil : whole
    }
    guard let message, message.contains("not finite") else {
      guard !console.interruption.isRequested else { return nil }
      throw RunFailed(folder: run.folder, message: message ?? "it left no report")
    }
    try Data((message + "\n").utf8).write(to: diverged, options: .atomic)
    return nil
  }

  /// What the process complained about; nil when it did not.
  private func train(_ arguments: [String]) throws -> String? {
    let (process, errors) = (Process(), Pipe())
    process.executableURL = Bundle.main.executableURL
    process.arguments = ["train", "--threads", "1"] + arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
    let complaint = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? nil : String(decoding: complaint, as: UTF8.self)
  }

  /// How many bytes of tensors a run has written.
  func bytes(in run: String) -> Int {
    let place = folder.appending(path: run)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
    return names.filter { $0.hasSuffix(".safetensors") }.reduce(0) { sum, name in
      let path = place.appending(path: name).path
      return sum + ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int ?? 0)
    }
  }

  private struct RunFailed: Error, CustomStringConvertible {
    let (folder, message): (String, String)

    var description: String { "the run \(folder) failed: \(message)" }
  }
}

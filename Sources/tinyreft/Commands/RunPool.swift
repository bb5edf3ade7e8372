import Foundation
import Synchronization
import TinyReFT

/// Many runs of `tinyreft train`, each a process of its own, some at a time.
///
/// A run that left a whole report behind is not made again, and one that left a checkpoint goes on from
/// it: a comparison that was ended goes on where it stopped. A process each, so that one run's memory can be measured and none can spoil another.
struct RunPool {
  let folder: URL
  /// How many at a time; each computes on one thread.
  let threads: Int
  let console: Console

  /// A run, below `folder`, and the flags of `train`.
  typealias Run = (folder: String, arguments: [String])

  /// The reports of the runs in their order, nil for those without, and what went wrong with some.
  struct Outcome {
    var reports: [RunReport?] = []
    var failures: [RunFailed] = []
  }

  /// Makes those of the runs that are not there yet. Shows progress, `done` being there before.
  func make(_ runs: [Run], progress: ProgressLine, done: Int) throws -> Outcome {
    for run in runs { try checkSettings(of: run) }
    let finished = Atomic(done)
    let results = parallelMap(count: runs.count, threads: threads) { i in
      let result = result(of: runs[i])
      progress.update(finished.wrappingAdd(1, ordering: .relaxed).newValue) { runs[i].folder }
      return result
    }
    return results.reduce(into: Outcome()) { outcome, result in
      outcome.reports.append((try? result.get()) ?? nil)
      if case .failure(let failure) = result { outcome.failures.append(failure) }
    }
  }

  private func result(of run: Run) -> Result<RunReport?, RunFailed> {
    do { return .success(try report(of: run)) } catch {
      let message = (error as? RunFailed)?.message ?? Program.message(of: error)
      return .failure(RunFailed(folder: run.folder, message: message))
    }
  }

  private func files(of run: Run) -> (place: URL, report: URL, diverged: URL, settings: URL) {
    let place = folder.appending(path: run.folder)
    return (
      place, place.appending(path: "report.json"), place.appending(path: "diverged.txt"),
      place.appending(path: "settings.json")
    )
  }

  /// Throws when another run stands there: its numbers must not be taken for this one's.
  private func checkSettings(of run: Run) throws {
    let files = files(of: run)
    let exists = { (url: URL) in FileManager.default.fileExists(atPath: url.path) }
    guard exists(files.report) || exists(files.diverged) || RunCheckpoint.isIn(files.place)
    else { return }
    guard try JSONLines.read([String].self, from: files.settings) == [run.arguments] else {
      throw OtherSettings(folder: shown(files.place))
    }
  }

  /// nil when the run was not made because the user asked to end, or because its loss did not stay
  /// finite: such a setting is no candidate.
  private func report(of run: Run) throws -> RunReport? {
    let (place, report, diverged, settings) = files(of: run)
    let manager = FileManager.default
    if let whole = try? RunReport.read(report), !whole.interrupted {
      // Its last act, should it have been killed before.
      try RunCheckpoint.remove(from: place)
      return whole
    }
    if manager.fileExists(atPath: diverged.path) { return nil }
    guard !console.interruption.isRequested else { return nil }
    var words = ["--resume", place.path]
    if !RunCheckpoint.isIn(place) {
      // What a run has left that ended before its first checkpoint; locked, should it be at work.
      try withExtendedLifetime(RunFolder(place)) {
        for name in try manager.contentsOfDirectory(atPath: place.path) {
          try manager.removeItem(at: place.appending(path: name))
        }
        try JSONEncoder().encode(run.arguments).write(to: settings, options: .atomic)
      }
      words = run.arguments + ["--out", place.path]
    }
    guard let message = try train(words) else {
      let whole = try RunReport.read(report)
      return whole.interrupted ? nil : whole
    }
    guard !console.interruption.isRequested else { return nil }
    guard message.contains("not finite") else {
      throw RunFailed(folder: run.folder, message: message)
    }
    try Data(message.utf8).write(to: diverged, options: .atomic)
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
    guard process.terminationStatus != 0 else { return nil }
    return String(decoding: complaint, as: UTF8.self)
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
}

/// One of many runs could not be made; the others were.
struct RunFailed: Error, CustomStringConvertible {
  let (folder, message): (String, String)

  var description: String { "the run \(folder) failed: \(message)" }
}

/// The folder holds a run of other flags, or of another base.
private struct OtherSettings: Error, CustomStringConvertible {
  let folder: String

  var description: String { "\(folder) holds a run of other settings; choose another --out" }
}

import Foundation
import Synchronization
import TinyReFT

/// Many runs of `tinyreft train`, each a process of its own, some at a time.
///
/// A run that stands in its folder whole, made of this very base, these data and these settings, is not
/// made again, and one that left a checkpoint goes on from it: what was ended goes on where it stopped.
/// A process each, so that one run's memory can be measured and none can spoil another.
struct RunPool {
  let folder: RunFolder
  /// How many at a time; each computes on one thread.
  let threads: Int
  let console: Console

  private static let fewestFiles = 64

  /// A run, and its folder below that of all.
  typealias Run = (folder: String, plan: TrainPlan)

  enum Result {
    case report(RunReport)
    /// Its numbers did not stay finite: such a setting is no candidate.
    case diverged
    /// The user asked to end before it was made.
    case notYet
    case failed(RunFailed)

    var report: RunReport? {
      if case .report(let report) = self { report } else { nil }
    }

    var isDiverged: Bool {
      if case .diverged = self { true } else { false }
    }

    var failure: RunFailed? {
      if case .failed(let failure) = self { failure } else { nil }
    }
  }

  /// Plans a run, by which all of its flags are checked.
  static func plan(_ words: [String], _ inputs: RunInputs) throws -> TrainPlan {
    try TrainPlan(TrainCommand(words + ["--threads", "1"]), inputs)
  }

  /// Makes those of the runs that are not there yet. Shows progress, `done` being there before.
  func make(_ runs: [Run], progress: ProgressLine, done: Int) throws -> [Result] {
    // What starts processes has no way to say that it could open no more.
    guard sysconf(Int32(_SC_OPEN_MAX)) >= Self.fewestFiles else {
      throw Refusal(
        "fewer than \(Self.fewestFiles) files may be open at a time", "allow more with ulimit -n")
    }
    let reused = try runs.count { try standing($0, at: place(of: $0)) != nil }
    if reused > 0 {
      console.print("reused    \(grouped(reused)) of \(grouped(runs.count)) runs, made of the same")
    }
    let finished = Atomic(done)
    return parallelMap(count: runs.count, threads: threads) { i in
      let result = result(of: runs[i])
      if case .notYet = result { return result }
      progress.update(finished.wrappingAdd(1, ordering: .relaxed).newValue) { [runs[i].folder] }
      return result
    }
  }

  /// Throws when something else stands in the folder of a run, before any is begun: it must neither be
  /// taken for this one nor lost.
  func refuseOthers(_ runs: [Run]) throws {
    let others = try runs.filter { run in
      let place = try place(of: run)
      return RunFolder.holds(RunFolder.files, at: place) && !run.plan.identity.isOf(place)
    }
    guard others.isEmpty else {
      let names = others.prefix(3).map(\.folder) + (others.count > 3 ? ["…"] : [])
      throw Refusal(
        "\(shown(folder.url)) holds \(others.count) that are of another base, other data or other "
          + "settings: \(names.joined(separator: ", "))",
        "put those back, remove these folders, or choose another --out")
    }
  }

  /// Where a run is written. Throws when a link leads from there to somewhere else.
  private func place(of run: Run) throws -> URL {
    try run.folder.split(separator: "/").reduce(folder.place()) { above, name in
      let place = above.appending(path: name)
      guard !RunFolder.isLink(place) else {
        throw Refusal("\(shown(place)) is a link", "remove it, or choose another --out")
      }
      return place
    }
  }

  /// What came of a run that is over; nil when it is to be made or to go on.
  private func standing(_ run: Run, at place: URL) throws -> Result? {
    guard run.plan.identity.isOf(place) else { return nil }
    if RunFolder.holds([RunFolder.diverged], at: place) { return .diverged }
    guard let report = try? RunReport.read(place.appending(path: RunReport.file)),
      !report.interrupted
    else { return nil }
    return .report(report)
  }

  private func result(of run: Run) -> Result {
    do {
      let place = try place(of: run)
      if let result = try standing(run, at: place) {
        // Its last act, should it have been killed before.
        try RunCheckpoint.remove(from: place)
        return result
      }
      guard !console.interruption.isRequested else { return .notYet }
      return try made(run, at: place)
    } catch {
      let message = (error as? RunFailed)?.message ?? Program.message(of: error)
      return .failed(RunFailed(folder: run.folder, message: message))
    }
  }

  private func made(_ run: Run, at place: URL) throws -> Result {
    var words = ["--resume", place.path, "--threads", "1"]
    if !RunCheckpoint.isIn(place) {
      // What this run has left that ended before its first checkpoint, or without a report.
      if run.plan.identity.isOf(place) { try RunFolder(place).removeRun() }
      words = run.plan.wordsFromAnywhere.dropFirst() + ["--out", place.path]
    }
    let message = try train(words)
    // The run says itself what it was made of: data may have changed while it waited for its turn.
    if let result = try standing(run, at: place) { return result }
    guard !console.interruption.isRequested else { return .notYet }
    throw RunFailed(
      folder: run.folder, message: message.isEmpty ? "base or data changed meanwhile" : message)
  }

  /// What the process complained about, in one line.
  private func train(_ arguments: [String]) throws -> String {
    let (process, errors) = (Process(), Pipe())
    process.executableURL = Bundle.main.executableURL
    process.arguments = [TrainCommand.name] + arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    process.environment = Parent.environment
    try console.interruption.start(process)
    let complaint = try retried { try errors.fileHandleForReading.readToEnd() } ?? Data()
    process.waitUntilExit()
    guard process.terminationReason == .exit else {
      return "signal \(process.terminationStatus) ended it"
    }
    let line = String(decoding: complaint, as: UTF8.self).split(separator: "\n").first ?? ""
    return String(line.trimmingPrefix("Error: "))
  }

  /// How many bytes of tensors a run has written.
  func bytes(in run: String) -> Int {
    let place = folder.url.appending(path: run)
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

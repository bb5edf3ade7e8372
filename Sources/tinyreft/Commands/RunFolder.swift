import Foundation
import TinyReFT

/// The folder that a run writes to, its own from the first moment to the last.
///
/// The lock is the kernel's: it ends with the process, however that ends, so that none is ever left
/// behind. A disk that knows no locks is used without.
///
///     read       docs/80-trust.md
///     check      Tests/TinyReFTTests/Command/RunFolderTests.swift
final class RunFolder: Sendable {
  let url: URL
  private let handle: FileHandle

  /// The folder, made if it is not there.
  init(_ url: URL) throws {
    self.url = url
    try createFolder(url)
    handle = try FileHandle(forReadingFrom: url)
    guard flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      throw FolderBusy(folder: shown(url))
    }
  }

  /// For a run that begins. Throws when one stands there: nothing is overwritten unasked.
  convenience init(new url: URL) throws {
    try self.init(url)
    let files = ["reft.json", "adapter.json", "report.json", "model.safetensors"]
    let isTaken = files.contains {
      FileManager.default.fileExists(atPath: url.appending(path: $0).path)
    }
    guard !isTaken, !RunCheckpoint.isIn(url) else {
      throw OutputTaken(folder: shown(url), goesOn: RunCheckpoint.isIn(url))
    }
    try removePartialFiles()
  }

  /// The first of `runs/name`, `runs/name-2`, … that is not there yet.
  convenience init(named name: String, in runs: URL = URL(filePath: "runs")) throws {
    try createFolder(runs)
    var (url, number) = (runs.appending(path: name), 2)
    // Made, and not only looked for: of two runs that begin at once, one finds it made.
    while !(try Self.make(url)) {
      url = runs.appending(path: "\(name)-\(number)")
      number += 1
    }
    try self.init(new: url)
  }

  /// False when it was there.
  private static func make(_ url: URL) throws -> Bool {
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
      return true
    } catch CocoaError.fileWriteFileExists { return false }
  }

  /// How the run that was ended here goes on, as a sentence; empty when none can.
  func howToGoOn(_ subcommand: String) -> String {
    RunCheckpoint.isIn(url)
      ? "Go on with: tinyreft \(subcommand) --resume \(shellQuoted(shown(url)))" : ""
  }

  /// What the run that was killed here while it wrote has left beside its files, by the name that
  /// Foundation gives to it. Only for a folder that is this run's own.
  func removePartialFiles() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: url.path)
    for file in names.filter({ $0.hasPrefix(".dat.nosync") }).map({ url.appending(path: $0) })
    where try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true {
      try FileManager.default.removeItem(at: file)
    }
  }
}

/// `--out` names a folder that a run, or a base, was written to.
struct OutputTaken: Error, CustomStringConvertible {
  let folder: String
  /// Whether that run is not over.
  let goesOn: Bool

  var description: String {
    goesOn
      ? "\(folder) holds a run that is not over; go on with --resume \(folder), or choose another --out"
      : "\(folder) holds a run or a base already; choose another --out, or remove it first"
  }
}

/// Another process is at work there.
struct FolderBusy: Error, CustomStringConvertible {
  let folder: String

  var description: String {
    "another run is writing to \(folder); wait for it, or choose another --out"
  }
}

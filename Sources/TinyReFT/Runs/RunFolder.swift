import Foundation

/// The folder that a run writes to, its own from the first moment to the last.
///
/// The lock is the kernel's: it ends with the process, however that ends, so that none is ever left
/// behind. A disk that knows no locks is used without. What else stands in the folder is the user's.
public final class RunFolder: Sendable {
  public let url: URL
  private let folder: OpenFolder
  /// Device and number: what the folder is, whatever it is called.
  private let identity: Identity

  /// What a run says that ended because its numbers did not stay finite.
  public static let diverged = "diverged.txt"

  /// All that a run may write.
  static let ofRuns =
    InterventionsDirectory.files + (Methods.registry?.files ?? []) + ClassifierDirectory.files
    + [RunReport.file, RunReport.curve, RunCheckpoint.file, RunIdentity.file, diverged]

  /// Where one of these stands, no run begins.
  public static let files = ofRuns + BaseModel.files

  /// The folder, made if it is not there. Of a run that has just been killed, or ends now, the lock
  /// may outlast it by a moment.
  public init(_ url: URL, patience: Duration = .seconds(1)) throws {
    self.url = url
    try createFolder(url)
    let folder = try OpenFolder(url)
    let start = ContinuousClock.now
    while flock(folder.descriptor, LOCK_EX | LOCK_NB) != 0,
      [EWOULDBLOCK, EINTR].contains(errno)
    {
      guard ContinuousClock.now - start < patience else {
        throw Refusal.busy(url.relativePath)
      }
      Thread.sleep(forTimeInterval: 0.02)
    }
    guard let identity = Identity(url) else { throw Refusal.lost(url.relativePath) }
    (self.folder, self.identity) = (folder, identity)
  }

  /// For a run that begins. Throws when something stands there that it would write over: nothing is
  /// lost unasked. A run that is known by `identity`, and got no further than to write that down, may
  /// begin again.
  public convenience init(new url: URL, as identity: RunIdentity? = nil) throws {
    try self.init(url)
    let begins = identity?.isOf(url) == true
    try refuse(Self.files.filter { !begins || $0 != RunIdentity.file })
  }

  /// For a run that makes again the base that stands there, whose files are the first four.
  public convenience init(remaking url: URL) throws {
    try self.init(url)
    try refuse([RunCheckpoint.file] + BaseModel.files.dropFirst(4))
  }

  private func refuse(_ files: [String]) throws {
    if let file = files.first(where: { Self.holds([$0], at: url) }) {
      throw Refusal.taken(url.relativePath, by: file, goesOn: RunCheckpoint.isIn(url))
    }
    try removePartialFiles()
  }

  /// The first of `runs/name`, `runs/name-2`, … that is not there yet.
  public convenience init(
    named name: String, in runs: URL = URL(filePath: "runs")
  ) throws {
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

  /// Where to write now. Throws when the folder was removed, and another one may have its name.
  public func place() throws(Refusal) -> URL {
    guard Identity(url) == identity else { throw Refusal.lost(url.relativePath) }
    return url
  }

  /// Writes a text, which appears whole or not at all.
  public func write(_ text: String, to name: String) throws {
    let file = try place().appending(path: name)
    try writeAtomically(text.utf8, to: file)
  }

  /// What a run that was killed here while it wrote has left beside its files.
  public func removePartialFiles() throws {
    for name in Self.files { try removeFile(partialFile(of: url.appending(path: name))) }
  }

  /// Removes what a run has written here, by name, and nothing else.
  public func removeRun() throws {
    for name in Self.ofRuns { try removeFile(place().appending(path: name)) }
    try removePartialFiles()
  }

  /// Whether anything stands there by one of these names.
  public static func holds(_ names: [String], at directory: URL) -> Bool {
    names.contains { kind(of: directory.appending(path: $0)) != nil }
  }

  /// Whether a link stands there, wherever it leads.
  public static func isLink(_ url: URL) -> Bool { kind(of: url) == .typeSymbolicLink }

  private struct Identity: Equatable {
    let (device, number): (NSNumber, NSNumber)

    init?(_ url: URL) {
      let end = url.resolvingSymlinksInPath().path
      guard let attributes = try? FileManager.default.attributesOfItem(atPath: end),
        let device = attributes[.systemNumber] as? NSNumber,
        let number = attributes[.systemFileNumber] as? NSNumber
      else { return nil }
      (self.device, self.number) = (device, number)
    }
  }
}

extension Refusal {
  /// Something stands in a folder that a run would write over. `goesOn` when that run is not over.
  static func taken(_ folder: String, by file: String, goesOn: Bool) -> Refusal {
    goesOn
      ? Refusal(
        "\(folder) holds a run that is not over",
        "go on with --resume \(folder), or choose another --out")
      : Refusal(
        "\(folder) holds \(file) already, which would be lost",
        "choose another --out, or remove it first")
  }

  /// Another process is at work there.
  static func busy(_ folder: String) -> Refusal {
    Refusal("another run is writing to \(folder)", "wait for it, or choose another --out")
  }

  /// The folder that the run began in is gone.
  static func lost(_ folder: String) -> Refusal {
    Refusal(
      "\(folder) is not the folder any more in which this run began",
      "it was removed or replaced, and nothing is written there")
  }
}

import Foundation

// How a file is written: it appears whole or not at all, and is still there after a power cut. And how
// one is removed: it alone, never what a link leads to and never a folder.

/// Writes beside the file, forces the bytes to the disk, and renames, so that a reader finds the old
/// file or the new one whole. Then the folder is forced to the disk, which is where the name stands.
func writeAtomically(_ bytes: some Sequence<UInt8>, to url: URL) throws(FileError) {
  let partial = partialFile(of: url)
  do {
    try removeFile(partial)
    // The new file is made here or not at all: nothing is written through a link.
    try retried { try Data().write(to: partial, options: .withoutOverwriting) }
    let file = try FileHandle(forWritingTo: partial)
    try file.write(contentsOf: Data(bytes))
    try retried { try forceToDisk(file.fileDescriptor) }
    try file.close()
    // Safe: both are strings for the length of the call.
    try retried { try check(unsafe rename(partial.path, url.path)) }
    // A folder that cannot be opened, or a disk that cannot do this for one, has done what it can.
    if let folder = try? OpenFolder(url.deletingLastPathComponent()) {
      try? retried { try forceToDisk(folder.descriptor) }
    }
  } catch {
    try? removeFile(partial)
    if let error = error as? FileError { throw FileError(url, error.problem, error.remedy) }
    throw .cannotWrite(url, FileError.reason(error))
  }
}

/// For what the system does to a folder as it does to a file: to lock it, and to force it to the disk.
final class OpenFolder: Sendable {
  let descriptor: Int32

  init(_ url: URL) throws(FileError) {
    // Not for the processes that this one starts. Safe: it is a string for the length of the call.
    descriptor = unsafe open(url.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    do { try check(min(descriptor, 0)) } catch { throw .cannotRead(url, FileError.reason(error)) }
  }

  deinit { close(descriptor) }
}

/// A file, or a folder. A Mac's `fsync` forces it only as far as the disk's own memory.
private func forceToDisk(_ descriptor: Int32) throws(POSIXError) {
  #if canImport(Darwin)
    if fcntl(descriptor, F_FULLFSYNC) == 0 { return }
  #endif
  try check(fsync(descriptor))
}

/// What a kill may leave of a file that is being written. The name says whose it is, so that it can be
/// removed without asking.
func partialFile(of url: URL) -> URL {
  url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).tinyreft-partial")
}

/// A call of the system's, made again when a signal came while it waited: nothing has failed then.
public func retried<Value>(_ call: () throws -> Value) throws -> Value {
  while true {
    do { return try call() } catch  where FileError.errorNumber(of: error) == EINTR {}
  }
}

/// Throws what `errno` says when a call of the system's has failed.
func check(_ result: Int32) throws(POSIXError) {
  guard result == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
}

/// A file or a link that may not be there. A folder of that name stays.
func removeFile(_ url: URL) throws(FileError) {
  guard let type = kind(of: url) else { return }
  guard type != .typeDirectory else { throw .cannotWrite(url, "it is a folder") }
  do { try FileManager.default.removeItem(at: url) } catch CocoaError.fileNoSuchFile {} catch {
    throw .cannotWrite(url, FileError.reason(error))
  }
}

/// What stands at a place, a link being a link wherever it leads; nil is nothing.
func kind(of url: URL) -> FileAttributeType? {
  let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
  return attributes?[.type] as? FileAttributeType
}

/// A folder and those above it; one that is there already is as good, if it may be written to.
public func createFolder(_ url: URL) throws(FileError) {
  do {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  } catch {
    throw .cannotWrite(url, FileError.reason(error))
  }
  guard FileManager.default.isWritableFile(atPath: url.path) else {
    throw .cannotWrite(url, "permission is denied")
  }
}

import Foundation

/// A file read from front to back in pieces, so that a large one never stands in memory twice.
///
///     read       docs/50-files.md
///     check      Tests/TinyReFTTests/Formats/SafetensorsTests.swift
struct FileReader {
  let size: Int
  private let handle: FileHandle

  init(_ url: URL) throws(SafetensorsProblem) {
    do {
      handle = try FileHandle(forReadingFrom: url)
      size = Int(clamping: try handle.seekToEnd())
      try handle.seek(toOffset: 0)
    } catch { throw .disk(.cannotRead(DiskProblem.reason(error))) }
  }

  /// Exactly so many bytes more.
  func next(_ count: Int) throws(SafetensorsProblem) -> [UInt8] {
    let data: Data?
    do { data = try handle.read(upToCount: count) } catch {
      throw .disk(.cannotRead(DiskProblem.reason(error)))
    }
    guard (data?.count ?? 0) == count else { throw .disk(.cannotRead("it became shorter")) }
    return [UInt8](data ?? Data())
  }
}

import Foundation

/// A file read in pieces, so that a large one never stands in memory beside what is made of it.
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
    } catch { throw .disk(.cannotRead(DiskProblem.reason(error))) }
  }

  /// The bytes from `range.lowerBound` on, all of them.
  func bytes(_ range: Range<Int>) throws(SafetensorsProblem) -> [UInt8] {
    let data: Data?
    do {
      try handle.seek(toOffset: UInt64(range.lowerBound))
      data = try handle.read(upToCount: range.count)
    } catch { throw .disk(.cannotRead(DiskProblem.reason(error))) }
    guard (data?.count ?? 0) == range.count else { throw .disk(.cannotRead("it became shorter")) }
    return [UInt8](data ?? Data())
  }
}

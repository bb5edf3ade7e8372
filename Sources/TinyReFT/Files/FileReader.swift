import Foundation

/// A file read in pieces, so that a large one never stands in memory beside what is made of it.
///
/// Only a regular file is opened, at the end of whatever links lead to it. A pipe may keep who opens
/// it waiting, and `/dev/zero` never ends.
///
///     units      sizes and places in bytes
///     differs    a file that grows while it is read is read as far as it went when it was opened
struct FileReader {
  let url: URL
  let size: Int
  private let handle: FileHandle

  init(_ url: URL) throws(FileError) {
    self.url = url
    do {
      let end = url.resolvingSymlinksInPath().path
      let type = try FileManager.default.attributesOfItem(atPath: end)[.type] as? FileAttributeType
      guard type == .typeRegular else { throw FileError.cannotRead(url, Self.name(of: type)) }
      handle = try FileHandle(forReadingFrom: url)
      size = Int(clamping: try handle.seekToEnd())
    } catch { throw error as? FileError ?? .cannotRead(url, FileError.reason(error)) }
  }

  /// The bytes from `range.lowerBound` on, all of them.
  func bytes(_ range: Range<Int>) throws(FileError) -> [UInt8] {
    let bytes: [UInt8]
    do {
      // A Mac would keep every piece of a model until the program ends.
      bytes = try autoreleasepool {
        try handle.seek(toOffset: UInt64(range.lowerBound))
        return [UInt8](try handle.read(upToCount: range.count) ?? Data())
      }
    } catch { throw .cannotRead(url, FileError.reason(error)) }
    guard bytes.count == range.count else { throw .cannotRead(url, "it became shorter") }
    return bytes
  }

  private static func name(of type: FileAttributeType?) -> String {
    switch type {
    case .typeDirectory: "it is a folder"
    case .typeSymbolicLink: "it is a link that leads to no file"
    default: "it is no regular file but a pipe or a device; copy it into a file"
    }
  }
}

#if !canImport(ObjectiveC)
  /// Elsewhere nothing waits to be released.
  private func autoreleasepool<Result>(invoking body: () throws -> Result) rethrows -> Result {
    try body()
  }
#endif

/// What is read at once, and not in pieces, may be this long: text, of which a tokenizer's 34 MB are
/// the most that is in use.
private let longestText = 1 << 28

/// All bytes of a file of text.
func readBytes(_ url: URL) throws(FileError) -> [UInt8] {
  let file = try FileReader(url)
  guard file.size <= longestText else {
    throw .cannotRead(
      url, "it has \(file.size) bytes, and text may have at most \(longestText)")
  }
  return try file.bytes(0..<file.size)
}

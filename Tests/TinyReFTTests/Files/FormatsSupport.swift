import Foundation

@testable import TinyReFT

/// A folder for one test, removed with it.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// A file in the folder, holding these bytes if they are given.
  ///
  /// Not by `Data.write`, which waits for the disk each time: some tests write thousands of files.
  func file(_ name: String, _ bytes: [UInt8]? = nil) throws -> URL {
    let file = url.appendingPathComponent(name)
    guard let bytes else { return file }
    if !FileManager.default.fileExists(atPath: file.path) { try Data().write(to: file) }
    let handle = try FileHandle(forWritingTo: file)
    try handle.write(contentsOf: Data(bytes))
    try handle.truncate(atOffset: UInt64(bytes.count))
    try handle.close()
    return file
  }

  func file(_ name: String, text: String) throws -> URL { try file(name, Array(text.utf8)) }
}

extension RandomStream {
  /// One to three small damages: a byte changed, cut out, doubled, or the end cut off.
  mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &self) where !bytes.isEmpty {
      let at = Int.random(in: bytes.indices, using: &self)
      switch Int.random(in: 0..<8, using: &self) {
      case 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &self)
      case 1: bytes[at] = UInt8.random(in: 0...255, using: &self)
      case 2: bytes[at] = Array("0123456789-\"{}[],:\\ ".utf8).randomElement(using: &self) ?? 0
      case 3: bytes.remove(at: at)
      case 4: bytes.insert(bytes[at], at: at)
      case 5: bytes.removeSubrange(at...)
      case 6: bytes.insert(contentsOf: bytes[at...].prefix(9), at: at)
      default: bytes[min(at, 7)] = UInt8.random(in: 0...255, using: &self)
      }
    }
    return bytes
  }
}

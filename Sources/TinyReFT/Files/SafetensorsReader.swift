import Foundation

/// A safetensors file that is open: its header, read and checked, and its tensors, one at a time.
///
/// What a file claims is known before anything large is read, and a tensor goes from the disk to
/// where it is wanted: memory holds the tensors, and beside them one piece of the file.
struct SafetensorsReader {
  let url: URL
  let header: SafetensorsHeader
  private let file: FileReader
  private let dataStart: Int

  /// How many elements are read at a time.
  private static let piece = 1 << 18

  init(_ url: URL) throws(FileError) {
    self.url = url
    file = try FileReader(url)
    guard file.size >= 8 else {
      throw FileError(url, "has \(file.size) bytes, no room for a header", Self.again)
    }
    let length = try file.bytes(0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let room = min(file.size - 8, SafetensorsHeader.longest)
    guard length <= UInt64(room) else {
      throw FileError(
        url, "says its header has \(length) bytes, but at most \(room) can be", Self.again)
    }
    dataStart = 8 + Int(length)
    header = try SafetensorsHeader(
      json: file.bytes(8..<dataStart), dataSize: file.size - dataStart, of: url)
  }

  private static let again = "copy or download it again"

  /// The elements of one tensor of the header. A vector becomes a matrix of one row.
  func tensor(_ item: SafetensorsHeader.Item) throws(FileError) -> Tensor {
    var elements: [Scalar] = []
    elements.reserveCapacity(item.count)
    while elements.count < item.count {
      let start = dataStart + item.bytes.lowerBound + elements.count * item.type.size
      let some = min(item.count - elements.count, Self.piece) * item.type.size
      item.type.append(try file.bytes(start..<start + some), to: &elements)
    }
    if let bad = elements.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(url, item.name, element: bad)
    }
    return Tensor(
      rows: item.shape.count == 2 ? item.shape[0] : 1, columns: item.shape.last ?? 1,
      elements: elements)
  }
}

extension FileError {
  /// An element is infinite or no number, in the file or, when writing, as a float32.
  static func notFinite(_ url: URL, _ tensor: String, element: Int) -> FileError {
    FileError(
      url, at: quoted(tensor), "is not finite at element \(element)", "train or convert it again")
  }
}

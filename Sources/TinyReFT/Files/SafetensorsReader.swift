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

  init(_ url: URL) throws(SafetensorsError) {
    self.url = url
    do throws(SafetensorsProblem) {
      let file = try SafetensorsProblem.ofDisk(try FileReader(url))
      self.file = file
      guard file.size >= 8 else { throw .shorterThanItsLength(bytes: file.size) }
      let length = try SafetensorsProblem.ofDisk(try file.bytes(0..<8))
        .reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      let room = min(file.size - 8, SafetensorsHeader.longest)
      guard length <= UInt64(room) else { throw .headerTooLong(length: length, room: room) }
      let start = 8 + Int(length)
      let json = try SafetensorsProblem.ofDisk(try file.bytes(8..<start))
      header = try SafetensorsHeader(json: json, dataSize: file.size - start)
      dataStart = start
    } catch { throw SafetensorsError(url, error) }
  }

  /// The elements of one tensor of the header. A vector becomes a matrix of one row.
  func tensor(_ item: SafetensorsHeader.Item) throws(SafetensorsError) -> Tensor {
    do {
      return Tensor(
        rows: item.shape.count == 2 ? item.shape[0] : 1, columns: item.shape.last ?? 1,
        elements: try elements(item))
    } catch { throw SafetensorsError(url, error) }
  }

  private func elements(_ item: SafetensorsHeader.Item) throws(SafetensorsProblem) -> [Scalar] {
    var elements: [Scalar] = []
    elements.reserveCapacity(item.count)
    while elements.count < item.count {
      let start = dataStart + item.bytes.lowerBound + elements.count * item.type.size
      let some = min(item.count - elements.count, Self.piece) * item.type.size
      let bytes = try SafetensorsProblem.ofDisk(try file.bytes(start..<start + some))
      item.type.append(bytes, to: &elements)
    }
    if let bad = elements.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(tensor: item.name, element: bad)
    }
    return elements
  }
}

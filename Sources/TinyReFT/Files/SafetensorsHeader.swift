import Foundation

/// The header of a safetensors file, checked: what stands where in the bytes after it.
///
///     format     JSON, padded with spaces to a multiple of 8 bytes; `__metadata__` is not a tensor
///     units      offsets in bytes, sizes in elements
///     differs    nothing: what the reference library calls invalid is refused here too
struct SafetensorsHeader {
  struct Item {
    let name: String
    let type: ElementType
    let shape: [Int]
    let bytes: Range<Int>
    var count: Int { bytes.count / type.size }
  }

  /// In bytes: room for 100,000 tensors, which is more than any model has. The reference library lets
  /// ten times as much pass; to read that would take half a minute.
  static let longest = 10_000_000

  /// In the order of their bytes, which follow one another without a hole.
  let items: [Item]
  let metadata: [String: String]

  init(json: [UInt8], dataSize: Int) throws(SafetensorsProblem) {
    guard json.first == UInt8(ascii: "{") else { throw .headerIsNoObject }
    let header: Fields
    do { header = try JSONText.decode(Fields.self, from: json) } catch { throw .header(error) }
    metadata = header.metadata
    var items: [Item] = []
    for (name, entry) in header.entries { items.append(try Self.item(name, entry)) }
    self.items = items.sorted {
      ($0.bytes.lowerBound, $0.bytes.upperBound, $0.name)
        < ($1.bytes.lowerBound, $1.bytes.upperBound, $1.name)
    }
    try checkLayout(dataSize: dataSize)
  }

  /// Each claim of one entry against the others.
  private static func item(
    _ name: String, _ entry: Fields.Entry
  ) throws(SafetensorsProblem) -> Item {
    guard let type = ElementType(rawValue: entry.dtype) else {
      throw .unsupportedType(tensor: name, type: entry.dtype)
    }
    guard entry.shape.count <= 2 else { throw .unsupportedRank(tensor: name, shape: entry.shape) }
    var size = type.size
    for n in entry.shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: n)
      guard n >= 0, !overflow else { throw .absurdShape(tensor: name, shape: entry.shape) }
      size = product
    }
    let offsets = entry.offsets
    guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1] else {
      throw .absurdOffsets(tensor: name, offsets: offsets)
    }
    guard offsets[1] - offsets[0] == size else {
      throw .sizeMismatch(tensor: name, shape: entry.shape, bytes: offsets[1] - offsets[0])
    }
    return Item(name: name, type: type, shape: entry.shape, bytes: offsets[0]..<offsets[1])
  }

  /// The tensors cover the data, each byte once.
  private func checkLayout(dataSize: Int) throws(SafetensorsProblem) {
    var end = 0
    for item in items {
      let begin = item.bytes.lowerBound
      guard begin >= end else { throw .overlap(tensor: item.name, begins: begin, free: end) }
      guard begin <= end else { throw .hole(tensor: item.name, begins: begin, free: end) }
      end = item.bytes.upperBound
      guard end <= dataSize else { throw .cutShort(tensor: item.name, ends: end, data: dataSize) }
    }
    guard end == dataSize else { throw .unusedBytes(dataSize - end) }
    let elements = items.reduce(0.0) { $0 + Double($1.count) }
    let memory = Double(ProcessInfo.processInfo.physicalMemory)
    guard elements * Double(MemoryLayout<Scalar>.size) <= memory else { throw .tooLarge(dataSize) }
  }
}

// MARK: The header as text

extension SafetensorsHeader {
  /// The header of `file`, padded. Its tensors follow in the order of their names.
  static func text(
    of file: Safetensors, as type: ElementType = .F32
  ) throws(SafetensorsProblem) -> [UInt8] {
    var entries: [String] = []
    var end = 0
    do {
      if !file.metadata.isEmpty {
        entries.append("\"__metadata__\":" + (try literal(file.metadata)))
      }
      for name in file.names {
        precondition(name != "__metadata__", "Safetensors: no tensor can be named \(name)")
        guard let stored = file.tensors[name] else { continue }
        let begin = end
        end += type.size * stored.tensor.count
        let shape = stored.shape.map(String.init).joined(separator: ",")
        entries.append(
          try literal(name)
            + ":{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(begin),\(end)]}")
      }
    } catch { throw .header(error) }
    var text = Array("{\(entries.joined(separator: ","))}".utf8)
    while !text.count.isMultiple(of: 8) { text.append(UInt8(ascii: " ")) }
    return text
  }

  private static func literal(_ value: some Encodable) throws(JSONProblem) -> String {
    String(decoding: try JSONText.encode(value), as: UTF8.self)
  }

  /// The header as it is written, before any check.
  private struct Fields: Decodable {
    struct Entry: Decodable {
      let dtype: String
      let shape: [Int]
      let offsets: [Int]
      enum CodingKeys: String, CodingKey { case dtype, shape, offsets = "data_offsets" }
    }

    struct Name: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    var entries: [String: Entry] = [:]
    var metadata: [String: String] = [:]

    init(from decoder: any Swift.Decoder) throws {
      let container = try decoder.container(keyedBy: Name.self)
      for name in container.allKeys {
        if name.stringValue == "__metadata__" {
          metadata = try container.decode([String: String].self, forKey: name)
        } else {
          entries[name.stringValue] = try container.decode(Entry.self, forKey: name)
        }
      }
    }
  }
}

import Foundation

/// The header of a safetensors file, checked: what stands where in the bytes after it.
///
///     format     JSON, padded with spaces to a multiple of 8 bytes; `__metadata__` is not a tensor
///     units      offsets in bytes, sizes in elements
///     differs    what the reference library calls invalid is refused here too, but for a comma too many in
///                the JSON and a field that an entry has twice
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
  private(set) var items: [Item] = []
  private(set) var metadata: [String: String] = [:]

  private let file: URL
  private static let again = "copy or download it again"

  init(json: [UInt8], dataSize: Int, of file: URL) throws(FileError) {
    self.file = file
    guard json.first == UInt8(ascii: "{") else {
      throw FileError(file, "does not begin with a JSON object", "is it a safetensors file?")
    }
    let header: JSON
    do { header = try JSON(json, of: file) } catch {
      throw FileError(file, at: "its header", error.problem, Self.again)
    }
    // By their bytes, so that none is lost; then as Swift compares them, for they become keys.
    var names: Set<String> = []
    for (name, _) in try KeyScanner.members(of: json, at: [], in: file) {
      guard names.insert(name).inserted else {
        throw FileError(file, "has the key \(quoted(name)) twice", "remove one")
      }
      let entry = try header[name]
      if name == "__metadata__" {
        for key in try entry.keys() { metadata[key] = try entry[key].string() }
      } else {
        items.append(try item(name, entry))
      }
    }
    items.sort {
      ($0.bytes.lowerBound, $0.bytes.upperBound, $0.name)
        < ($1.bytes.lowerBound, $1.bytes.upperBound, $1.name)
    }
    try checkLayout(dataSize: dataSize)
  }

  private func wrong(
    _ tensor: String, _ problem: String, _ remedy: String = Self.again
  ) -> FileError {
    FileError(file, at: quoted(tensor), problem, remedy)
  }

  /// Each claim of one entry against the others.
  private func item(_ name: String, _ entry: JSON) throws(FileError) -> Item {
    let (dtype, shape) = (try entry["dtype"].string(), try entry["shape"].ints())
    let offsets = try entry["data_offsets"].ints()
    guard let type = ElementType(rawValue: dtype) else {
      throw wrong(
        name, "has type \(quoted(dtype))",
        "convert it to F32, F16, BF16 or F64, or leave it out if no layer reads it")
    }
    guard shape.count <= 2 else {
      throw wrong(name, "has shape \(quoted(shape))", "only vectors and matrices are read")
    }
    var size = type.size
    for n in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: n)
      guard n >= 0, !overflow else { throw wrong(name, "has the impossible shape \(shape)") }
      size = product
    }
    guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1] else {
      throw wrong(name, "has data_offsets \(quoted(offsets)), not [begin, end]")
    }
    let bytes = offsets[0]..<offsets[1]
    guard bytes.count == size else {
      throw wrong(name, "of shape \(shape) has \(bytes.count) bytes, which do not agree")
    }
    return Item(name: name, type: type, shape: shape, bytes: bytes)
  }

  /// The tensors cover the data, each byte once, and fit into memory.
  private func checkLayout(dataSize: Int) throws(FileError) {
    var end = 0
    for item in items {
      let begin = item.bytes.lowerBound
      guard begin >= end else {
        throw wrong(item.name, "begins at \(begin), before byte \(end), which is free")
      }
      guard begin <= end else {
        throw wrong(item.name, "begins at \(begin) and leaves a hole from \(end)")
      }
      end = item.bytes.upperBound
      guard end <= dataSize else {
        throw wrong(
          item.name, "ends at byte \(end) of \(dataSize)", "the file is cut short, \(Self.again)")
      }
    }
    guard end == dataSize else {
      throw FileError(file, "has \(dataSize - end) bytes that belong to no tensor", Self.again)
    }
    let elements = items.reduce(0.0) { $0 + Double($1.count) }
    let memory = Double(ProcessInfo.processInfo.physicalMemory)
    guard elements * Double(MemoryLayout<Scalar>.size) <= memory else {
      throw FileError(
        file, "holds \(dataSize) bytes, more than fit in memory", "use a smaller model")
    }
  }
}

extension SafetensorsHeader {
  /// The header of these tensors, padded. They follow in the order of their names. Traps on a tensor that
  /// is named `__metadata__`.
  static func text(
    of file: Safetensors, as type: ElementType, _ url: URL
  ) throws(FileError) -> [UInt8] {
    var (entries, end) = ([String](), 0)
    if !file.metadata.isEmpty {
      entries.append("\"__metadata__\":" + (try literal(file.metadata, url)))
    }
    for name in file.names {
      precondition(name != "__metadata__", "Safetensors: no tensor can be named \(name)")
      guard let stored = file.tensors[name] else { continue }
      let begin = end
      end += type.size * stored.tensor.count
      let shape = stored.shape.map(String.init).joined(separator: ",")
      entries.append(
        try literal(name, url)
          + ":{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(begin),\(end)]}")
    }
    var text = Array("{\(entries.joined(separator: ","))}".utf8)
    while !text.count.isMultiple(of: 8) { text.append(UInt8(ascii: " ")) }
    return text
  }

  private static func literal(_ value: some Encodable, _ url: URL) throws(FileError) -> String {
    do { return String(decoding: try JSONCoding.text(value), as: UTF8.self) } catch {
      throw .hasNoForm(url)
    }
  }
}

import Foundation

/// Tensors by name in one file, as Hugging Face stores weights: a JSON header, then the numbers.
///
///     format     8 bytes: N, the length of the header, little-endian
///                N bytes: JSON, {name: {dtype, shape, data_offsets: [begin, end]}}
///                the rest: the elements, row-major, little-endian, without holes
///     units      offsets in bytes, counted from the end of the header
///     differs    writes F32 alone; reads F32, F16 and BF16, of rank 2 at most, every element
///                finite; the reference library takes more types and ranks, and NaN
///     read       docs/50-files.md
///     check      Tests/TinyReFTTests/Formats/SafetensorsTests.swift
public struct Safetensors: Equatable, Sendable {
  /// A tensor and its shape in the file: a vector has one size there, but is [1, n] in memory.
  public struct Stored: Equatable, Sendable {
    public let shape: [Int]
    public let tensor: Tensor

    /// To be written with shape [n]. Traps unless the tensor has one row.
    public static func vector(_ tensor: Tensor) -> Stored {
      precondition(tensor.rows == 1, "Safetensors: \(tensor.shape) is not a vector")
      return Stored(shape: [tensor.columns], tensor: tensor)
    }

    /// To be written with shape [rows, columns].
    public static func matrix(_ tensor: Tensor) -> Stored {
      Stored(shape: [tensor.rows, tensor.columns], tensor: tensor)
    }

    init(shape: [Int], tensor: Tensor) {
      self.shape = shape
      self.tensor = tensor
    }
  }

  public var tensors: [String: Stored]

  /// Free text beside the tensors. transformers opens a file only if it says who laid the weights
  /// out, and ours are laid out as PyTorch's.
  public var metadata: [String: String]

  public init(tensors: [String: Stored] = [:], metadata: [String: String] = ["format": "pt"]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// The names in the order of the file: by their bytes.
  public var names: [String] {
    tensors.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

// MARK: Reading

extension Safetensors {
  /// Reads piece by piece: memory holds the tensors and never the whole file beside them.
  public static func read(_ url: URL) throws(SafetensorsError) -> Safetensors {
    do { return try contents(of: url) } catch { throw SafetensorsError(url, error) }
  }

  private static func contents(of url: URL) throws(SafetensorsProblem) -> Safetensors {
    let file = try FileReader(url)
    guard file.size >= 8 else { throw .shorterThanItsLength(bytes: file.size) }
    let length = try file.next(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let room = min(file.size - 8, SafetensorsHeader.longest)
    guard length <= UInt64(room) else { throw .headerTooLong(length: length, room: room) }
    let header = try SafetensorsHeader(
      json: file.next(Int(length)), dataSize: file.size - 8 - Int(length))
    var contents = Safetensors(metadata: header.metadata)
    for item in header.items {
      contents.tensors[item.name] = Stored(shape: item.shape, tensor: try tensor(item, from: file))
    }
    return contents
  }

  private static func tensor(
    _ item: SafetensorsHeader.Item, from file: FileReader
  ) throws(SafetensorsProblem) -> Tensor {
    var elements: [Scalar] = []
    elements.reserveCapacity(item.count)
    while elements.count < item.count {
      let some = min(item.count - elements.count, 1 << 18)
      item.type.append(try file.next(some * item.type.size), to: &elements)
    }
    if let bad = elements.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(tensor: item.name, element: bad)
    }
    let columns = item.shape.last ?? 1
    return Tensor(
      rows: item.shape.count == 2 ? item.shape[0] : 1, columns: columns, elements: elements)
  }
}

// MARK: Writing

extension Safetensors {
  /// Every element as the nearest float32; the file appears whole or not at all.
  public func write(to url: URL) throws(SafetensorsError) {
    let bytes: [UInt8]
    do { bytes = try encoded() } catch { throw SafetensorsError(url, error) }
    do { try writeAtomically(bytes, to: url) } catch { throw SafetensorsError(url, .disk(error)) }
  }

  private func encoded() throws(SafetensorsProblem) -> [UInt8] {
    let header = try SafetensorsHeader.text(of: self)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + header.count + 4 * tensors.values.reduce(0) { $0 + $1.tensor.count })
    for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: header.count >> (8 * shift))) }
    bytes += header
    for name in names {
      for (k, element) in (tensors[name]?.tensor.elements ?? []).enumerated() {
        let number = Float(element)
        guard number.isFinite else { throw .notFinite(tensor: name, element: k) }
        let bits = number.bitPattern
        for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: bits >> (8 * shift))) }
      }
    }
    return bytes
  }
}

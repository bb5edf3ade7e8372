import Foundation

/// Tensors by name in one file, as Hugging Face stores weights: a JSON header, then the numbers.
///
///     format     8 bytes: N, the length of the header, little-endian
///                N bytes: JSON, {name: {dtype, shape, data_offsets: [begin, end]}}
///                the rest: the elements, row-major, little-endian, without holes
///     units      offsets in bytes, counted from the end of the header
///     differs    writes F32, or F64 where bits count; reads F16 and BF16 too, of rank 2 at most,
///                every element finite; the reference library takes more types and ranks, and NaN
public struct Safetensors: Equatable, Sendable {
  /// A tensor and its shape in the file: a vector has one size there, but is [1, n] in memory.
  public struct Stored: Equatable, Sendable {
    let shape: [Int]
    public let tensor: Tensor

    /// To be written with shape [n]. Traps unless the tensor has one row.
    static func vector(_ tensor: Tensor) -> Stored {
      precondition(tensor.rows == 1, "Safetensors: \(tensor.shape) is not a vector")
      return Stored(shape: [tensor.columns], tensor: tensor)
    }

    /// To be written with shape [rows, columns].
    static func matrix(_ tensor: Tensor) -> Stored {
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
  var metadata: [String: String]

  init(tensors: [String: Stored] = [:], metadata: [String: String] = ["format": "pt"]) {
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
  /// The names of the tensors in a file, from its header alone.
  public static func names(in url: URL) throws(FileError) -> [String] {
    try SafetensorsReader(url).header.items.map(\.name)
  }

  /// All tensors of a file: for those that are small.
  public static func read(_ url: URL) throws(FileError) -> Safetensors {
    let file = try SafetensorsReader(url)
    var contents = Safetensors(metadata: file.header.metadata)
    for item in file.header.items {
      contents.tensors[item.name] = Stored(shape: item.shape, tensor: try file.tensor(item))
    }
    return contents
  }
}

// MARK: Writing

extension Safetensors {
  /// Every element as the nearest float32; the file appears whole or not at all.
  public func write(to url: URL) throws(FileError) { try write(to: url, as: .F32) }

  /// Every element rounded to `type`.
  func write(to url: URL, as type: ElementType) throws(FileError) {
    try writeAtomically(encoded(as: type, url), to: url)
  }

  private func encoded(as type: ElementType, _ url: URL) throws(FileError) -> [UInt8] {
    let header = try SafetensorsHeader.text(of: self, as: type, url)
    let count = tensors.values.reduce(0) { $0 + $1.tensor.count }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + header.count + type.size * count)
    bytes += littleEndian(UInt64(header.count))
    bytes += header
    for name in names {
      for (k, element) in (tensors[name]?.tensor.elements ?? []).enumerated() {
        let isFinite = type == .F32 ? Float(element).isFinite : element.isFinite
        guard isFinite else { throw .notFinite(url, name, element: k) }
        type.append(element, to: &bytes)
      }
    }
    return bytes
  }
}

/// The bytes of a number, lowest first.
func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
  stride(from: 0, to: Number.bitWidth, by: 8).map { UInt8(truncatingIfNeeded: number >> $0) }
}

import Foundation

/// Tensors by name as `torch.save` writes them, and `torch.load` reads them: an ordered dictionary.
///
/// The pickle holds shapes and names, and for the numbers of the k-th tensor only "data/k". So it
/// asks for nothing but the few functions that a careful `torch.load` allows (`weights_only=True`).
///
///     format     zip: archive/data.pkl, archive/byteorder, archive/data/0, 1, …, archive/version
///     units      numbers as float32 or, when whole, int64, lowest byte first
///     differs    only writes; tensors are contiguous, on the CPU, and no two share numbers
struct PickledTensors {
  enum Value {
    case numbers(Safetensors.Stored)
    /// A single whole number, of shape [].
    case whole(Int)
  }

  var items: [(name: String, value: Value)]

  /// Modules ("" is the one that is loaded) whose parameters the loaded tensors are to replace.
  /// Otherwise PyTorch copies into the parameters that are there, and rounds to their type. It is
  /// what `load_state_dict(assign=True)` sets, in the attribute `_metadata` of the dictionary.
  var replacing: [String] = []

  /// The file appears whole or not at all.
  func write(to url: URL) throws(FileError<PickledTensorsProblem>) {
    let bytes: [UInt8]
    do { bytes = try encoded() } catch { throw FileError(url, error) }
    do { try writeAtomically(bytes, to: url) } catch { throw FileError(url, .disk(error)) }
  }

  func encoded() throws(PickledTensorsProblem) -> [UInt8] {
    var contents: [(name: String, bytes: [UInt8])] = [("byteorder", Array("little".utf8))]
    for (k, item) in items.enumerated() {
      contents.append(("data/\(k)", try Self.bytes(of: item.value, name: item.name)))
    }
    contents.append(("version", Array("3\n".utf8)))
    var archive = ZipArchive()
    // The numbers are known to be few enough before the pickle counts them in 32 bits.
    for (name, bytes) in contents { try archive.add("archive/\(name)", bytes) }
    try archive.add("archive/data.pkl", pickle.file)
    return archive.bytes
  }

  private static func bytes(
    of value: Value, name: String
  ) throws(PickledTensorsProblem) -> [UInt8] {
    switch value {
    case .whole(let number): return littleEndian(Int64(number))
    case .numbers(let stored):
      var bytes: [UInt8] = []
      bytes.reserveCapacity(4 * stored.tensor.count)
      for (k, element) in stored.tensor.elements.enumerated() {
        guard Float(element).isFinite else { throw .notFinite(tensor: name, element: k) }
        bytes += littleEndian(Float(element).bitPattern)
      }
      return bytes
    }
  }
}

// MARK: The pickle

extension PickledTensors {
  var pickle: Pickle {
    let flag = Pickle.dictionary([("assign_to_params_buffers", .boolean(true))])
    let metadata = Pickle.dictionary(replacing.map { ($0, flag) })
    return .ordered(
      items.enumerated().map { k, item in (item.name, Self.tensor(k, item.value)) },
      attributes: replacing.isEmpty ? [] : [("_metadata", metadata)])
  }

  /// The call that puts the tensor together: where its numbers are, and how to step through them.
  private static func tensor(_ k: Int, _ value: Value) -> Pickle {
    let (storage, shape, count) =
      switch value {
      case .numbers(let stored): ("FloatStorage", stored.shape, stored.tensor.count)
      case .whole: ("LongStorage", [], 1)
      }
    // Row-major: one step in a dimension passes over everything in the dimensions after it.
    let strides = shape.indices.map { shape[($0 + 1)...].reduce(1, *) }
    let numbers = Pickle.external([
      .text("storage"), .global(module: "torch", name: storage), .text("\(k)"), .text("cpu"),
      .integer(count),
    ])
    // The rest: where to begin, shape, strides, no gradient wanted, no hooks.
    return .call(
      .global(module: "torch._utils", name: "_rebuild_tensor_v2"),
      [
        numbers, .integer(0), .tuple(shape.map(Pickle.integer)),
        .tuple(strides.map(Pickle.integer)), .boolean(false), .ordered([], attributes: []),
      ])
  }
}

/// The ways in which tensors cannot be written for PyTorch.
public enum PickledTensorsProblem: Error, Equatable, CustomStringConvertible {
  /// The disk refused.
  case disk(DiskProblem)
  /// The archive's offsets have 32 bits.
  case tooLarge(bytes: Int)
  /// An element is infinite or no number as a float32.
  case notFinite(tensor: String, element: Int)

  public var description: String {
    switch self {
    case .disk(let problem): problem.description
    case .tooLarge(let bytes):
      "would have \(bytes) bytes, and a zip archive can have \(UInt32.max); choose a smaller rank"
    case .notFinite(let tensor, let element):
      "\(quoted(tensor)) is not finite at element \(element); train again"
    }
  }
}

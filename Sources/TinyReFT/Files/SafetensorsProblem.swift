import Foundation

public typealias SafetensorsError = FileError<SafetensorsProblem>

/// The ways in which a safetensors file can fail; offsets and sizes are in bytes.
public enum SafetensorsProblem: Error, Equatable, CustomStringConvertible {
  /// The disk refused.
  case disk(DiskProblem)
  /// The file is too short for the 8 bytes that give the header's length.
  case shorterThanItsLength(bytes: Int)
  /// The header is said to be longer than the file has room for, or than any header may be.
  case headerTooLong(length: UInt64, room: Int)
  /// The header does not begin with an opening brace.
  case headerIsNoObject
  /// The header is not the JSON that it should be; a name that comes twice is found here.
  case header(JSONProblem)
  /// The elements are of a type that is not read.
  case unsupportedType(tensor: String, type: String)
  /// More than two sizes.
  case unsupportedRank(tensor: String, shape: [Int])
  /// A negative size, or more bytes than can be counted.
  case absurdShape(tensor: String, shape: [Int])
  /// Not two offsets, or one that is negative, or the end before the beginning.
  case absurdOffsets(tensor: String, offsets: [Int])
  /// The shape needs another number of bytes than the offsets give.
  case sizeMismatch(tensor: String, shape: [Int], bytes: Int)
  /// The tensor begins before the one in front of it has ended.
  case overlap(tensor: String, begins: Int, free: Int)
  /// Bytes in front of the tensor belong to none.
  case hole(tensor: String, begins: Int, free: Int)
  /// The tensor ends after the file does.
  case cutShort(tensor: String, ends: Int, data: Int)
  /// Bytes behind the last tensor belong to none.
  case unusedBytes(Int)
  /// The tensors would not fit into the memory of this machine.
  case tooLarge(Int)
  /// An element is infinite or no number, in the file or, when writing, as a float32.
  case notFinite(tensor: String, element: Int)

  public var description: String {
    switch self {
    case .disk(let problem): problem.description
    case .shorterThanItsLength(let bytes):
      "has \(bytes) bytes, no room for a header; \(Self.again)"
    case .headerTooLong(let length, let room):
      "says its header has \(length) bytes, but at most \(room) can be; \(Self.again)"
    case .headerIsNoObject: "does not begin with a JSON object; is it a safetensors file?"
    case .header(let problem): "its header \(problem)"
    case .tooLarge(let bytes): "holds \(bytes) bytes, more than fit in memory; use a smaller model"
    case .unusedBytes(let bytes): "has \(bytes) bytes that belong to no tensor; \(Self.again)"
    default: tensorDescription
    }
  }

  /// What `read` gives; what the disk refuses becomes a problem of this file.
  static func ofDisk<Value>(
    _ read: @autoclosure () throws(DiskProblem) -> Value
  ) throws(SafetensorsProblem) -> Value {
    do { return try read() } catch { throw .disk(error) }
  }

  private static let again = "copy or download it again"

  /// The problems of one tensor, by name.
  private var tensorDescription: String {
    switch self {
    case .unsupportedType(let tensor, let type):
      "\(quoted(tensor)) has type \(quoted(type)); convert it to F32, F16, BF16 or F64"
    case .unsupportedRank(let tensor, let shape):
      "\(quoted(tensor)) has shape \(quoted(shape)); only vectors and matrices are read"
    case .absurdShape(let tensor, let shape):
      "\(quoted(tensor)) has the impossible shape \(shape); \(Self.again)"
    case .absurdOffsets(let tensor, let offsets):
      "\(quoted(tensor)) has data_offsets \(quoted(offsets)), not [begin, end]; \(Self.again)"
    case .sizeMismatch(let tensor, let shape, let bytes):
      "\(quoted(tensor)) of shape \(shape) has \(bytes) bytes, which do not agree; \(Self.again)"
    case .overlap(let tensor, let begins, let free):
      "\(quoted(tensor)) begins at \(begins), before byte \(free), which is free; \(Self.again)"
    case .hole(let tensor, let begins, let free):
      "\(quoted(tensor)) begins at \(begins) and leaves a hole from \(free); \(Self.again)"
    case .cutShort(let tensor, let ends, let data):
      "\(quoted(tensor)) ends at byte \(ends) of \(data); the file is cut short, \(Self.again)"
    case .notFinite(let tensor, let element):
      "\(quoted(tensor)) is not finite at element \(element); train or convert it again"
    default: ""
    }
  }
}

/// Several files in one: a zip archive without compression, as PyTorch lays it out.
///
///     format     each file: PK 3 4, its sizes, its name, padding, its bytes as they are
///                then for each file: PK 1 2, the same sizes, where it begins, its name
///                then PK 5 6, how many files there are, and where that list begins
///     units      sizes and offsets in bytes, of 32 bits, lowest byte first
///     differs    from zip in general: nothing is compressed, and no file has a date. Every file's
///                bytes begin at a multiple of 64, so that PyTorch can map a tensor into memory
struct ZipArchive {
  /// The most that offsets of 32 bits can reach. Smaller in a test.
  var limit = Int(UInt32.max)

  private var files: [UInt8] = []
  private var directory: [UInt8] = []
  private var count: UInt16 = 0

  init() {}

  /// Traps when the names are too many or too long to be counted in 16 bits.
  mutating func add(_ name: String, _ contents: [UInt8]) throws(PickledTensorsProblem) {
    // The padding is an "extra field", which begins with an id, PyTorch's, and its own length.
    let padding = -(files.count + 30 + name.utf8.count + 4) & 63
    let extra =
      Array("FB".utf8) + littleEndian(UInt16(padding)) + Array(repeating: 0, count: padding)
    let file = 30 + name.utf8.count + extra.count + contents.count
    let total = files.count + file + directory.count + 46 + name.utf8.count + 22
    guard total <= limit else { throw .tooLarge(bytes: total) }
    // Version, flags, method (0: as it is), time, date; then checksum, size twice, length of name.
    let size = littleEndian(UInt32(contents.count))
    let sizes =
      Array(repeating: 0, count: 10) + littleEndian(Self.checksum(contents)) + size + size
      + littleEndian(UInt16(name.utf8.count))
    // What stands between length of name and offset: no extra field here, no comment, first disk.
    let none = Array(repeating: UInt8(0), count: 12)
    directory += Array("PK\u{1}\u{2}".utf8) + [0, 0] + sizes + none
    directory += littleEndian(UInt32(files.count)) + Array(name.utf8)
    files += Array("PK\u{3}\u{4}".utf8) + sizes + littleEndian(UInt16(extra.count))
    files += Array(name.utf8) + extra + contents
    count += 1
  }

  /// The archive: the files, the directory, and where to find it.
  var bytes: [UInt8] {
    let (count, noDisks) = (littleEndian(count), [UInt8](repeating: 0, count: 4))
    let end =
      Array("PK\u{5}\u{6}".utf8) + noDisks + count + count
      + littleEndian(UInt32(directory.count)) + littleEndian(UInt32(files.count)) + [0, 0]
    return files + directory + end
  }

  /// CRC-32: the bits as a polynomial over {0, 1}, and what is left when it is divided by
  /// x³² + x²⁶ + … + 1. Bits run from low to high, hence the constant reads backwards.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 {
        let divides = crc & 1 == 1
        crc >>= 1
        if divides { crc ^= 0xEDB8_8320 }
      }
    }
    return ~crc
  }
}

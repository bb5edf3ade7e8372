/// How a checkpoint stores a number: float32, one of the two halves of that size, or float64.
///
/// All are a sign, an exponent and a fraction; every F16 and every BF16 is a float32 too, so
/// widening loses nothing.
///
///     format     F32: 1 + 8 + 23 bits; F16: 1 + 5 + 10; BF16: 1 + 8 + 7, the upper half of a F32;
///                F64: 1 + 11 + 52, rounded where `Scalar` is a float32
///     units      sizes in bytes
///     differs    nothing: IEEE 754 (F32, F16, F64) and its shortened form (BF16)
enum ElementType: String {
  case F32, F16, BF16, F64

  /// That of `Scalar`: what is written in it is read again bit for bit.
  static let scalar: ElementType = MemoryLayout<Scalar>.size == 8 ? .F64 : .F32

  var size: Int {
    switch self {
    case .F64: 8
    case .F32: 4
    case .F16, .BF16: 2
    }
  }

  /// The bytes of a number, rounded to F32 or F64. Traps for the halves, which nobody writes.
  func append(_ number: Scalar, to bytes: inout [UInt8]) {
    precondition(size >= 4, "\(rawValue) is not written")
    let bits = self == .F64 ? Double(number).bitPattern : UInt64(Float(number).bitPattern)
    for byte in 0..<size { bytes.append(UInt8(truncatingIfNeeded: bits >> (8 * byte))) }
  }

  /// Widens little-endian numbers. Traps unless there is a whole number of them.
  func append(_ bytes: [UInt8], to elements: inout [Scalar]) {
    precondition(bytes.count.isMultiple(of: size), "\(rawValue): \(bytes.count) bytes")
    switch self {
    case .F64:
      for k in stride(from: 0, to: bytes.count, by: 8) {
        let bits = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[k + $1]) << (8 * $1) }
        elements.append(Scalar(Double(bitPattern: bits)))
      }
    case .F32:
      for k in stride(from: 0, to: bytes.count, by: 4) {
        let low = UInt32(bytes[k]) | UInt32(bytes[k + 1]) << 8
        let high = UInt32(bytes[k + 2]) | UInt32(bytes[k + 3]) << 8
        elements.append(Scalar(Float(bitPattern: low | high << 16)))
      }
    case .F16:
      for k in stride(from: 0, to: bytes.count, by: 2) {
        elements.append(Scalar(Self.widened(half: UInt32(bytes[k]) | UInt32(bytes[k + 1]) << 8)))
      }
    case .BF16:
      for k in stride(from: 0, to: bytes.count, by: 2) {
        let bits = UInt32(bytes[k]) | UInt32(bytes[k + 1]) << 8
        elements.append(Scalar(Float(bitPattern: bits << 16)))
      }
    }
  }

  /// The number that the 16 bits of a F16 stand for. (`Float16` is missing on Intel Macs.)
  ///
  /// Shifted by 13, exponent and fraction stand where a F32 has them, but the exponent counts from
  /// 15 and not from 127: hence the factor 2¹¹², exact for the smallest numbers too. The largest
  /// exponent means infinity or NaN in both.
  static func widened(half bits: UInt32) -> Float {
    let sign = (bits & 0x8000) << 16
    let magnitude = (bits & 0x7FFF) << 13
    if bits & 0x7C00 == 0x7C00 { return Float(bitPattern: sign | 0x7F80_0000 | magnitude) }
    return Float(bitPattern: sign | (Float(bitPattern: magnitude) * 0x1p112).bitPattern)
  }
}

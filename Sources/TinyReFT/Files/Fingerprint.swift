/// One number that stands for many: what tells apart, by accident and not against malice, two models
/// or two sets of examples. Their order counts.
///
///     h ← stir(h) xor number        stir: one draw of `RandomStream` from the seed h
///
///     units      64 bits: of two that differ, one pair in 2⁶⁴ looks alike
public struct Fingerprint: Equatable, Sendable {
  public private(set) var value: UInt64 = 0

  public init() {}

  public mutating func add(_ number: Int) {
    var stream = RandomStream(seed: value)
    value = stream.next() ^ UInt64(bitPattern: Int64(number))
  }

  public mutating func add(_ text: String) {
    for byte in text.utf8 { add(Int(byte)) }
  }

  /// The bits of every element, and the shape.
  public mutating func add(_ tensor: Tensor) {
    add(tensor.rows)
    add(tensor.columns)
    for element in tensor.elements { add(Int(truncatingIfNeeded: element.bitPattern)) }
  }

  /// 16 hexadecimal digits, for files.
  public var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

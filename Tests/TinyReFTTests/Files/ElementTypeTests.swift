import Foundation
import Testing

@testable import TinyReFT

@Suite("Element types (docs/50-files.md)")
struct ElementTypeTests {
  @Test("by hand: one and minus two in four types")
  func workedExample() {
    var elements: [Scalar] = []
    ElementType.F32.append([0x00, 0x00, 0x80, 0x3F, 0x00, 0x00, 0x00, 0xC0], to: &elements)
    // F16: the exponent of 1 is 15 = 0b01111, so the upper byte is 0 01111 00.
    ElementType.F16.append([0x00, 0x3C, 0x00, 0xC0], to: &elements)
    // BF16: the upper half of the F32.
    ElementType.BF16.append([0x80, 0x3F, 0x00, 0xC0], to: &elements)
    // F64: the exponent of 1 is 1023 = 0b011_1111_1111, before 52 bits of fraction.
    ElementType.F64.append(
      [0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0], to: &elements)
    #expect(elements == [1, -2, 1, -2, 1, -2, 1, -2])
  }

  @Test("what is written in the type of Scalar is read again bit for bit")
  func roundTrip() {
    let numbers: [Scalar] = [
      0, -0.0, .pi, -1 / 3, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
    ]
    var (bytes, elements): ([UInt8], [Scalar]) = ([], [])
    for number in numbers { ElementType.scalar.append(number, to: &bytes) }
    ElementType.scalar.append(bytes, to: &elements)
    #expect(elements.map(\.bitPattern) == numbers.map(\.bitPattern))
    #expect(bytes.count == numbers.count * MemoryLayout<Scalar>.size)
  }

  @Test("every F16 is what its sign, exponent and fraction say")
  func everyHalf() {
    for bits in UInt32(0)...0xFFFF {
      let sign: Float = bits & 0x8000 == 0 ? 1 : -1
      let (exponent, fraction) = (Int(bits >> 10 & 31), Float(bits & 1023) / 1024)
      let number = ElementType.widened(half: bits)
      switch exponent {
      case 31: #expect(fraction == 0 ? number == sign * .infinity : number.isNaN)
      case 0: #expect(number.bitPattern == (sign * fraction * 0x1p-14).bitPattern)
      default:
        let power = Float(sign: .plus, exponent: exponent - 15, significand: 1)
        #expect(number == sign * (1 + fraction) * power)
      }
    }
  }

  @Test("half a number traps")
  func halfANumber() async {
    await #expect(processExitsWith: .failure) {
      var elements: [Scalar] = []
      ElementType.BF16.append([0x80, 0x3F, 0x00], to: &elements)
    }
  }
}

import Testing

@testable import TinyReFT

/// The paper's appendix B: what others did to hidden states before, as interventions.
@Suite("Earlier edits (docs/36-ablations.md)")
struct EarlierEditsTests {
  private let n = 5
  private let d = 7
  private let c: Scalar = 1.75
  private let h: Tensor
  /// A direction, of no special length.
  private let a: Tensor

  init() {
    var stream = RandomStream(seed: 1)
    h = .gaussian(rows: n, columns: d, deviation: 1, using: &stream)
    a = .gaussian(rows: 1, columns: d, deviation: 3, using: &stream)
  }

  private var length: Scalar { Scalar(a.dot(a).squareRoot()) }

  @Test("RepE's projection is a LoReFT of rank 1: R = a/‖a‖, W = (1 − c) R, b = 0")
  func projection() {
    // h − c (a·h / ‖a‖²) a, row by row.
    let expected = Tensor(
      (0..<n).map { i in
        let row = h.gathered(rows: [i])
        let along = c * Scalar(row.dot(a)) / (length * length)
        return (row - along * a).elements
      })
    let R = (1 / length) * a
    let phi = LoReFT(A: R, W: (1 - c) * R, b: Tensor([[0]]))
    expectClose(phi(h), expected)
    // With c = 1 nothing is left along a, and a second one changes nothing.
    let all = LoReFT(A: R, W: 0 * R, b: Tensor([[0]]))
    #expect(matmul(all(h), transposed: a).largestMagnitude < 1e-5)
    expectClose(all(all(h)), all(h))
  }

  @Test("activation addition, h + c a, is a LobiReFT of rank 1: R = a/‖a‖, b = c ‖a‖")
  func addition() {
    var expected = h
    expected.addToEachRow(c * a)
    expectClose(LobiReFT(A: a, b: Tensor([[c * length]]))(h), expected)
  }

  @Test(
    "RepE's piecewise edit, h + c sign(a·h) a, is no intervention of this family: it is not affine")
  func piecewise() {
    func edit(_ h: Tensor) -> Tensor { h + (h.dot(a) < 0 ? -c : c) * a }
    let row = h.gathered(rows: [0])
    // An affine function is at the middle of two places what it is in the mean of both.
    let middle = 0.5 * (edit(row) + edit(-1 * row))
    #expect((edit(0 * row) - middle).largestMagnitude > 1)
  }

  @Test("RED, g ⊙ h + b, is a DiReFT of rank d: W1 = diag(g) − I, W2 = I")
  func representationEditing() {
    var stream = RandomStream(seed: 2)
    let g = Tensor.gaussian(rows: 1, columns: d, deviation: 1, using: &stream)
    let b = Tensor.gaussian(rows: 1, columns: d, deviation: 1, using: &stream)
    let identity = Tensor((0..<d).map { i in (0..<d).map { $0 == i ? 1 : 0 } })
    let scaled = Tensor((0..<d).map { i in (0..<d).map { $0 == i ? g[0, i] - 1 : 0 } })
    var expected = Tensor((0..<n).map { i in (0..<d).map { g[0, $0] * h[i, $0] } })
    expected.addToEachRow(b)
    expectClose(DiReFT(W1: scaled, W2: identity, b: b)(h), expected)
  }
}

import Testing

@testable import TinyReFT

@Suite("LoReFT (docs/33-loreft.md)")
struct LoReFTTests {
  /// A Φ whose rows of A are neither of length one nor at right angles.
  static func generic(rank r: Int, width d: Int) -> LoReFT {
    var stream = RandomStream(seed: 1)
    var phi = LoReFT(rank: r, width: d, start: .random, using: &stream)
    phi.A += .random(rows: r, columns: d, seed: 2)
    return phi
  }

  private let phi = Self.generic(rank: 2, width: 5)
  private let h = Tensor.random(rows: 3, columns: 5, seed: 3)

  @Test("by hand: along [0.6, 0.8], h has 7 and should have 2")
  func workedExample() {
    let phi = LoReFT(A: Tensor([[0.6, 0.8]]), W: Tensor([[1, -1]]), b: Tensor([[2]]))

    // R h = 3 + 4 = 7 and W h + b = 5 − 5 + 2 = 2, so u = 2 − 7 = −5 and Δ = −5 · [0.6, 0.8].
    let h = Tensor([[5, 5]])
    let (delta, cache) = phi.forward(h)
    expectClose(delta, [-3, -4])
    expectClose(phi(h), [2, 1])

    // du = [1, 0] · Rᵀ = 0.6, so dW = 0.6 · [5, 5], db = 0.6 and dh = 0.6 · (W − R).
    var gradient = phi.zeroed
    expectClose(phi.backward(Tensor([[1, 0]]), cache, into: &gradient), [0.24, -1.08])
    expectClose(gradient.W, [3, 3])
    expectClose(gradient.b, [0.6])

    // dR = u · [1, 0] − du · h = [−8, −3], of which the part along R, −7.2 · [0.6, 0.8], is lost.
    expectClose(gradient.A, [-3.68, 2.76])
  }

  @Test(
    "dh, dA, dW and db agree with central differences",
    arguments: [(3, 2, 7), (4, 1, 3), (2, 3, 3)])
  func gradients(n: Int, r: Int, d: Int) {
    let dDelta = Tensor.random(rows: n, columns: d, seed: 4)
    expectGradients(
      of: Self.generic(rank: r, width: d), at: .random(rows: n, columns: d, seed: 3),
      loss: { phi, h in phi.forward(h).delta.dot(dDelta) },
      backward: { phi, h, gradient in
        phi.backward(dDelta, phi.forward(h).cache, into: &gradient)
      })
  }

  @Test("the gradient adds up over calls; a frozen Φ passes the same dh on, and has none itself")
  func accumulation() {
    let (_, cache) = phi.forward(h)
    let dDelta = Tensor.random(rows: 3, columns: 5, seed: 4)
    var (gradient, frozen) = (phi.zeroed, phi.frozen)
    let dh = phi.backward(dDelta, cache, into: &gradient)
    let once = gradient
    #expect(phi.backward(dDelta, cache, into: &gradient) == dh)
    expectClose(gradient.A, 2 * once.A)
    expectClose(gradient.W, 2 * once.W)
    expectClose(gradient.b, 2 * once.b)
    #expect(phi.backward(dDelta, cache, into: &frozen) == dh)
    #expect(frozen.parameterCount == 0)
  }

  @Test("R Φ(h) = W h + b: afterwards the subspace holds what it should")
  func inside() {
    var wanted = matmul(h, transposed: phi.W)
    wanted.addToEachRow(phi.b)
    expectClose(matmul(phi(h), transposed: phi.R), wanted)
  }

  @Test("(I − RᵀR) Φ(h) = (I − RᵀR) h: outside the subspace nothing moves")
  func outside() {
    func rest(_ x: Tensor) -> Tensor { x - matmul(matmul(x, transposed: phi.R), phi.R) }
    expectClose(rest(phi(h)), rest(h))
  }

  @Test("h + Rᵀ((W − R) h + b): a DiReFT that reads with W − R and writes with R")
  func isADiReFT() {
    expectClose(phi(h), DiReFT(W1: phi.W - phi.R, W2: phi.R, b: phi.b)(h))
  }

  @Test("turning R, W and b together changes nothing: only the subspace counts, not its axes")
  func axes() {
    let Q = Tensor([[0.6, -0.8], [0.8, 0.6]])
    let turned = LoReFT(
      A: matmul(Q, phi.R), W: matmul(Q, phi.W), b: matmul(phi.b, transposed: Q))
    expectClose(turned(h), phi(h))
  }

  @Test("W = R and b = 0 start at the identity, bit for bit, and W has a gradient at once")
  func identityStart() {
    var stream = RandomStream(seed: 1)
    let phi = LoReFT(rank: 2, width: 5, start: .identity, using: &stream)
    #expect(phi(h) == h)
    var gradient = phi.zeroed
    _ = phi.backward(h, phi.forward(h).cache, into: &gradient)
    #expect(gradient.W.largestMagnitude > 0.1)
    #expect(gradient.A.largestMagnitude > 0.1)
  }

  @Test("the random start moves h by about √(4r / 3d) of its length")
  func randomStart() {
    var stream = RandomStream(seed: 1)
    let h = Tensor.gaussian(rows: 100, columns: 64, using: &stream)
    var share = 0.0
    for _ in 0..<50 {
      let phi = LoReFT(rank: 4, width: 64, start: .random, using: &stream)
      let delta = phi.forward(h).delta
      share += delta.dot(delta) / h.dot(h) / 50
      #expect(max(phi.W.largestMagnitude, phi.b.largestMagnitude) <= 0.125)
    }
    // ‖Δ‖² / ‖h‖² should be 4r / 3d = 16 / 192 = 0.083.
    #expect(abs(share - 0.083) < 0.003, "the share is \(share)")
  }

  @Test("R in the place of A is the same function, bit for bit")
  func ownR() {
    let settled = phi.orthonormalised
    #expect(settled.A == phi.R && settled.A != phi.A)
    #expect(settled(h) == phi(h) && settled.orthonormalised == settled)
  }

  @Test("2rd + r parameters: 32,772 at rank 4 in LLaMA-7B, as the paper's appendix G.2 counts")
  func count() {
    var stream = RandomStream(seed: 1)
    let phi = LoReFT(rank: 4, width: 4096, start: .identity, using: &stream)
    #expect(phi.parameterCount == 32_772)
    #expect(phi.parameters.map(\.name) == ["R", "W", "b"])
  }

  @Test("wrong shapes trap")
  func traps() async {
    await #expect(processExitsWith: .failure) {
      var stream = RandomStream(seed: 1)
      _ = LoReFT(rank: 0, width: 3, start: .identity, using: &stream)
    }
    await #expect(processExitsWith: .failure) {
      var stream = RandomStream(seed: 1)
      _ = LoReFT(rank: 4, width: 3, start: .identity, using: &stream)
    }
    await #expect(processExitsWith: .failure) {
      _ = LoReFT(A: Tensor([[1, 0]]), W: Tensor([[1, 0]]), b: Tensor([[0, 0]]))(Tensor([[1, 2]]))
    }
  }

  @Test(.disabled("exercise 33.1: let W h out, so that Φ(h) = h + Rᵀ(b − R h)"))
  func exercise() {
    // ConsReFT, of appendix E: R Φ(h) = b for every h, so a second Φ changes nothing.
    expectClose(phi(phi(h)), phi(h))
    #expect(phi(h) != h)
  }
}

import Testing

@testable import TinyReFT

@Suite("RMSNorm (docs/22-rmsnorm.md)")
struct RMSNormTests {
  @Test("by hand: the row [1, 7] has size 5")
  func workedExample() {
    var norm = RMSNorm(width: 2, epsilon: 0)
    norm.gain = Tensor([[2, 10]])

    // ρ = √((1 + 49) / 2) = 5, so x̂ = [0.2, 1.4].
    let (y, cache) = norm.forward(Tensor([[1, 7]]))
    expectClose(y, [0.4, 14])

    // g ⊙ dy = [2, 0] and mean([2, 0] ⊙ x̂) = 0.2, so dx = ([2, 0] − 0.2 · x̂) / 5.
    var gradient = norm.zeroed
    let dx = norm.backward(Tensor([[1, 0]]), cache, into: &gradient)
    expectClose(dx, [0.392, -0.056])
    expectClose(gradient.gain, [0.2, 0])

    // A property: scaling x leaves y alone, so dx · x = 0.392 · 1 − 0.056 · 7 = 0.
    #expect(abs(dx.dot(Tensor([[1, 7]]))) < Double(Scalar.ulpOfOne.squareRoot()))
  }

  @Test("dx and dg agree with central differences", arguments: [(1, 7), (3, 5)])
  func gradients(n: Int, d: Int) {
    var norm = RMSNorm(width: d)
    norm.gain = .random(columns: d, seed: 1)
    let dy = Tensor.random(rows: n, columns: d, seed: 3)
    expectGradients(
      of: norm, at: .random(rows: n, columns: d, seed: 2),
      loss: { norm, x in norm.forward(x).y.dot(dy) },
      backward: { norm, x, gradient in
        norm.backward(dy, norm.forward(x).cache, into: &gradient)
      })
  }

  @Test("the gradient adds up over calls and over rows")
  func accumulation() {
    let norm = RMSNorm(width: 5)
    let (_, cache) = norm.forward(.random(rows: 3, columns: 5, seed: 2))
    let dy = Tensor.random(rows: 3, columns: 5, seed: 3)
    var gradient = norm.zeroed
    _ = norm.backward(dy, cache, into: &gradient)
    let once = gradient.gain
    _ = norm.backward(dy, cache, into: &gradient)
    expectClose(gradient.gain, 2 * once)
  }

  @Test("a frozen layer passes the same gradient on, and has none itself")
  func frozen() {
    let norm = RMSNorm(width: 5)
    let (_, cache) = norm.forward(.random(rows: 3, columns: 5, seed: 2))
    let dy = Tensor.random(rows: 3, columns: 5, seed: 3)
    var (trained, frozen) = (norm.zeroed, norm.frozen)
    #expect(
      norm.backward(dy, cache, into: &frozen) == norm.backward(dy, cache, into: &trained))
    #expect(frozen.gain == .none)
  }

  @Test("a row of zeros stays zero")
  func zeroRow() {
    #expect(RMSNorm(width: 3).forward(Tensor([[0, 0, 0]])).y == Tensor([[0, 0, 0]]))
  }

  @Test("a row whose squares overflow is divided by its size all the same; an infinite one shows")
  func overflow() {
    let norm = RMSNorm(width: 2)
    let large = Scalar.greatestFiniteMagnitude / 8
    let (y, cache) = norm.forward(Tensor([[3, 4], [3 * large, -4 * large], [1, .infinity]]))
    // mean(x²) = 12.5 = ρ², in units of `large` in the second row.
    let expected = [3, 4].map { $0 / Scalar(12.5).squareRoot() }
    expectClose(
      y[rows: 0..<2, columns: 0..<2], expected + [expected[0], -expected[1]], tolerance: 1e-5)
    #expect(y[2, 0].isNaN && y[2, 1].isNaN)
    var gradient = norm.zeroed
    let dx = norm.backward(Tensor([[1, 2], [1, 2], [0, 0]]), cache, into: &gradient)
    // In the second row a change of x by one is a very small one.
    #expect(dx[1, 0].isFinite && dx[1, 1].isFinite && abs(dx[1, 0]) < 1e-30)
  }

  @Test("a width that is not the gain's traps")
  func wrongWidth() async {
    await #expect(processExitsWith: .failure) {
      _ = RMSNorm(width: 4).forward(Tensor([[1, 2, 3]]))
    }
  }

  @Test(.disabled("exercise 22.1: take ε out of the root, in forward and backward"))
  func exercise() {
    // y = g ⊙ x / (√mean(x²) + ε): the row [3, 4] has size 3.5355…, and ε = 1 is added to that.
    let y = RMSNorm(width: 2, epsilon: 1).forward(Tensor([[3, 4]])).y
    expectClose(y, [0.6614378, 0.8819171], tolerance: 1e-6)
  }
}

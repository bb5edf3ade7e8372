import Testing

@testable import TinyReFT

@Suite("Interchange (docs/35-interchange.md)")
struct InterchangeTests {
  private let swap = Interchange(A: .random(rows: 2, columns: 5, seed: 1))
  private let base = Tensor.random(rows: 3, columns: 5, seed: 2)
  private let source = Tensor.random(rows: 3, columns: 5, seed: 3)

  private func swapped(_ swap: Interchange) -> Tensor {
    base + swap.forward(base, source: source).delta
  }

  @Test("by hand: along [0.6, 0.8], the base has 7 and the source 2")
  func workedExample() {
    let swap = Interchange(A: Tensor([[3, 4]]))
    expectClose(swap.R, [0.6, 0.8])

    // R b = 3 + 4 = 7 and R s = 6 − 4 = 2, so u = 2 − 7 = −5 and Δ = −5 · [0.6, 0.8].
    let (base, source) = (Tensor([[5, 5]]), Tensor([[10, -5]]))
    let (delta, cache) = swap.forward(base, source: source)
    expectClose(delta, [-3, -4])

    // du = [1, 0] · Rᵀ = 0.6, so ds = 0.6 · [0.6, 0.8], and db is its opposite.
    var gradient = swap.zeroed
    let (dBase, dSource) = swap.backward(Tensor([[1, 0]]), cache, into: &gradient)
    expectClose(dSource, [0.36, 0.48])
    expectClose(dBase, [-0.36, -0.48])

    // dR = u · [1, 0] + du · (s − b) = [−5, 0] + [3, −6] = [−2, −6]. Less its part along R, which is
    // −6 · [0.6, 0.8], that is [1.6, −1.2]; and A is five times as long as R.
    expectClose(gradient.A, [0.32, -0.24])
  }

  @Test(
    "db, ds and dA agree with central differences", arguments: [(3, 2, 7), (4, 1, 3), (2, 3, 4)])
  func gradients(n: Int, r: Int, d: Int) {
    let swap = Interchange(A: .random(rows: r, columns: d, seed: 1))
    let dDelta = Tensor.random(rows: n, columns: d, seed: 4)
    // The bases, and their sources under them.
    func forward(_ swap: Interchange, _ x: Tensor) -> (delta: Tensor, cache: Interchange.Cache) {
      swap.forward(
        x[rows: 0..<n, columns: 0..<d], source: x[rows: n..<2 * n, columns: 0..<d])
    }
    expectGradients(
      of: swap, at: .random(rows: 2 * n, columns: d, seed: 5),
      loss: { swap, x in forward(swap, x).delta.dot(dDelta) },
      backward: { swap, x, gradient in
        let (dBase, dSource) = swap.backward(dDelta, forward(swap, x).cache, into: &gradient)
        return Tensor(stacking: [dBase, dSource])
      })
  }

  @Test("DII and its gradients are PyTorch's")
  func pyTorch() throws {
    let theirs = try Safetensors.read(fixture("interchange.safetensors"))
    func tensor(_ name: String) throws -> Tensor { try #require(theirs.tensors[name]).tensor }
    let swap = Interchange(A: try tensor("A"))
    let (delta, cache) = swap.forward(try tensor("base"), source: try tensor("source"))
    var gradient = swap.zeroed
    let (dBase, dSource) = swap.backward(try tensor("dy"), cache, into: &gradient)
    // The file is float32 of what was computed in float64.
    expectClose(try tensor("base") + delta, try tensor("swapped"), tolerance: 2e-6)
    expectClose(gradient.A, try tensor("grad.A"), tolerance: 2e-6)
    expectClose(dSource, try tensor("grad.source"), tolerance: 2e-6)
    // Theirs is the slope of the whole vector, ours of what is added to it.
    expectClose(try tensor("dy") + dBase, try tensor("grad.base"), tolerance: 2e-6)
  }

  @Test("R of the result is R of the source; outside the subspace the base stays")
  func insideAndOutside() {
    let result = swapped(swap)
    func inside(_ x: Tensor) -> Tensor { matmul(x, transposed: swap.R) }
    expectClose(inside(result), inside(source))
    func outside(_ x: Tensor) -> Tensor { x - matmul(inside(x), swap.R) }
    expectClose(outside(result), outside(base))
  }

  @Test("LoReFT is DII with a learned source: R s = W h + b")
  func leadsToLoReFT() {
    let phi = LoReFTTests.generic(rank: 2, width: 5)
    // One of the sources that have W h + b in the subspace: s = Rᵀ(W h + b), for R Rᵀ = I.
    var wanted = matmul(base, transposed: phi.W)
    wanted.addToEachRow(phi.b)
    let learned = matmul(wanted, phi.R)
    let swap = Interchange(A: phi.A)
    let (delta, cache) = swap.forward(base, source: learned)
    expectClose(base + delta, phi(base))

    // dW reaches W through that source: d(W h + b) = ds·Rᵀ.
    let dDelta = Tensor.random(rows: 3, columns: 5, seed: 4)
    var (ours, theirs) = (swap.zeroed, phi.zeroed)
    let (_, dSource) = swap.backward(dDelta, cache, into: &ours)
    _ = phi.backward(dDelta, phi.forward(base).cache, into: &theirs)
    expectClose(matmul(transposed: matmul(dSource, transposed: phi.R), base), theirs.W)
  }

  @Test("the whole space makes the base the source; a source like the base changes nothing")
  func extremes() {
    expectClose(swapped(.everything(width: 5)), source)
    #expect(swap.forward(base, source: base).delta.largestMagnitude == 0)
  }

  @Test("only the subspace counts, not the rows that span it")
  func axes() {
    // Two other rows of the same plane.
    let other = Interchange(A: matmul(Tensor([[2, 1], [-1, 3]]), swap.A))
    #expect(other.R != swap.R)
    expectClose(swapped(other), swapped(swap), tolerance: 1000 * Scalar.ulpOfOne)
  }

  @Test("the gradient adds up over calls; a frozen interchange passes the same slopes on")
  func accumulation() {
    let (_, cache) = swap.forward(base, source: source)
    let dDelta = Tensor.random(rows: 3, columns: 5, seed: 4)
    var (gradient, frozen) = (swap.zeroed, swap.frozen)
    let slopes = swap.backward(dDelta, cache, into: &gradient)
    let once = gradient
    #expect(swap.backward(dDelta, cache, into: &gradient) == slopes)
    expectClose(gradient.A, 2 * once.A)
    #expect(swap.backward(dDelta, cache, into: &frozen) == slopes)
    #expect(frozen.parameterCount == 0)
  }

  @Test("wrong shapes trap")
  func traps() async {
    await #expect(processExitsWith: .failure) {
      _ = Interchange(A: Tensor([[1, 0], [0, 1], [1, 1]]))
    }
    await #expect(processExitsWith: .failure) {
      var stream = RandomStream(seed: 1)
      _ = Interchange(rank: 0, width: 3, using: &stream)
    }
    await #expect(processExitsWith: .failure) {
      let swap = Interchange(A: Tensor([[1, 0]]))
      _ = swap.forward(Tensor([[1, 2]]), source: Tensor([[1, 2], [3, 4]]))
    }
  }

  @Test(.disabled("exercise 35.1: swap all but the subspace, b + (I − RᵀR)(s − b)"))
  func exercise() {
    let result = swapped(swap)
    func inside(_ x: Tensor) -> Tensor { matmul(x, transposed: swap.R) }
    expectClose(inside(result), inside(base))
    func outside(_ x: Tensor) -> Tensor { x - matmul(inside(x), swap.R) }
    expectClose(outside(result), outside(source))
  }
}

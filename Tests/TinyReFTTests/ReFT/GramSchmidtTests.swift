import Testing

@testable import TinyReFT

@Suite("Gram-Schmidt (docs/32-gram-schmidt.md)")
struct GramSchmidtTests {
  @Test("by hand: two rows, of which the second has 3 of the first")
  func workedExample() {
    // ‖[3, 4, 0]‖ = 5, so r₁ = [0.6, 0.8, 0]. Then c = r₁ · [5, 0, 3] = 3 leaves
    // v = [5, 0, 3] − 3 r₁ = [3.2, −2.4, 3], and ‖v‖ = √(10.24 + 5.76 + 9) = 5.
    let (R, cache) = GramSchmidt.forward(Tensor([[3, 4, 0], [5, 0, 3]]))
    expectClose(R, Tensor([[0.6, 0.8, 0], [0.64, -0.48, 0.6]]))

    // dv = ([0, 0, 1] − 0.6 r₂) / 5. It is at right angles to r₁ already (s = 0), so da₂ = dv.
    // dr₁ = −c dv = −3 dv, which is at right angles to it too, so da₁ = −3 dv / 5.
    let dA = GramSchmidt.backward(Tensor([[0, 0, 0], [0, 0, 1]]), cache)
    expectClose(dA, Tensor([[0.04608, -0.03456, -0.0768], [-0.0768, 0.0576, 0.128]]))
  }

  static let sizes = [(1, 4), (2, 5), (3, 7), (4, 4)]

  @Test("dA agrees with central differences", arguments: sizes)
  func gradients(r: Int, d: Int) {
    let A = Tensor.random(rows: r, columns: d, seed: 1)
    let dR = Tensor.random(rows: r, columns: d, seed: 2)
    let dA = GramSchmidt.backward(dR, GramSchmidt.forward(A).cache)
    #expect(gradientError(dA, at: A) { GramSchmidt.forward($0).R.dot(dR) } < gradientTolerance)
  }

  @Test("at an A that is its own R too: A twice as long has the same R, and half the slope")
  func gradientsAtR() {
    let A = GramSchmidt.forward(.random(rows: 3, columns: 7, seed: 1)).R
    let dR = Tensor.random(rows: 3, columns: 7, seed: 2)
    let (R, cache) = GramSchmidt.forward(A)
    #expect(R == A)
    let half = 0.5 * GramSchmidt.backward(dR, cache)
    let error = gradientError(half, at: 2 * A) { GramSchmidt.forward($0).R.dot(dR) }
    #expect(error < gradientTolerance)
  }

  @Test("R Rᵀ = I, and A Rᵀ is lower triangular with a positive diagonal", arguments: sizes)
  func orthonormal(r: Int, d: Int) {
    let A = Tensor.random(rows: r, columns: d, seed: 1)
    let R = GramSchmidt.forward(A).R
    #expect(GramSchmidt.departure(R) < 8 * Scalar.ulpOfOne)
    // There is only one such R, so this shows more than that: which one it is.
    let L = matmul(A, transposed: R)
    for i in 0..<r {
      #expect(L[i, i] > 0)
      for j in i + 1..<max(r, i + 1) { #expect(abs(L[i, j]) < 8 * Scalar.ulpOfOne) }
    }
    // A = L R: R spans what A spans.
    expectClose(matmul(L, R), A)
  }

  /// max |R Rᵀ − I|, summed in Double and piece by piece: R's own rounding, not the measurement's.
  private func departure(_ R: Tensor) -> Double {
    let pieces = stride(from: 0, to: R.columns, by: 64).map { $0..<min($0 + 64, R.columns) }
    let rows = (0..<R.rows).map { i in pieces.map { R[rows: i..<i + 1, columns: $0] } }
    return rows.indices.flatMap { i in
      rows.indices.map { j in
        abs(zip(rows[i], rows[j]).reduce(i == j ? -1 : 0) { $0 + $1.0.dot($1.1) })
      }
    }.max() ?? 0
  }

  @Test(
    "rows that nearly agree are still orthonormal afterwards, and their slope is finite",
    arguments: [1e-1, 1e-3, 1e-5, 1e-6, 1e-7, 1e-8, 1e-12, 1e-16, 0], [(4, 9), (9, 9), (4, 300)])
  func nearlyDependent(apart: Double, size: (r: Int, d: Int)) {
    let one = Tensor.random(columns: size.d, seed: 1)
    var A = one
    for seed in 2...size.r {
      A.append(one + Scalar(apart) * Tensor.random(columns: size.d, seed: UInt64(seed)))
    }
    let (R, cache) = GramSchmidt.forward(A)
    // 8 ulps: 1e-6 in Float.
    #expect(departure(R) < 8 * Double(Scalar.ulpOfOne))
    let dA = GramSchmidt.backward(.random(rows: size.r, columns: size.d, seed: 2), cache)
    #expect(dA.largestMagnitude.isFinite)
  }

  @Test(
    "so are those of Hilbert's matrix, whose rows no rounding keeps apart", arguments: [12, 64])
  func hilbert(size: Int) {
    var A = Tensor(repeating: 0, rows: size, columns: size)
    for i in 0..<size { for j in 0..<size { A[i, j] = 1 / Scalar(i + j + 1) } }
    let (R, cache) = GramSchmidt.forward(A)
    #expect(departure(R) < 8 * Double(Scalar.ulpOfOne))
    let dA = GramSchmidt.backward(.random(rows: size, columns: size, seed: 2), cache)
    #expect(dA.largestMagnitude.isFinite)
  }

  @Test("so are rows as wide as a large model's")
  func wide() {
    let R = GramSchmidt.forward(.random(rows: 8, columns: 4096, seed: 1)).R
    // Rounding grows with the length of a sum of Doubles; Float's sums are made in Double.
    #expect(departure(R) < (Scalar.self == Double.self ? 32 : 8) * Double(Scalar.ulpOfOne))
  }

  /// A power of two whose square is out of range, and one whose square vanishes.
  private static let extremes = [
    Scalar.greatestFiniteMagnitude.binade / 16, Scalar.leastNormalMagnitude * 16,
  ]

  @Test("R is the same, bit for bit, however long or short the rows are", arguments: extremes)
  func anyLength(factor: Scalar) {
    let A = Tensor.random(rows: 3, columns: 7, seed: 1)
    let dR = Tensor.random(rows: 3, columns: 7, seed: 2)
    let (R, cache) = GramSchmidt.forward(A)
    let (same, scaled) = GramSchmidt.forward(factor * A)
    #expect(same == R)
    // A row that is longer by a factor turns more slowly by it.
    let dA = GramSchmidt.backward(dR, scaled)
    expectClose(factor * dA, GramSchmidt.backward(dR, cache), tolerance: 1e-5)
  }

  @Test(
    "the R of R is R, bit for bit, of whatever A: it is what float32 keeps, too",
    arguments: [(1, 4), (3, 7), (8, 8), (4, 64), (16, 300), (8, 4096)])
  func fixedPoint(r: Int, d: Int) {
    for seed in 1...20 {
      // Rows alike, rows apart, and of any length.
      let one = Tensor.random(columns: d, seed: UInt64(seed))
      for apart: Scalar in [1e-6, 1e-3, 1, 1e3] {
        var A = Tensor(repeating: 0, rows: 0, columns: d)
        for i in 1...r { A.append(one + apart * .random(columns: d, seed: UInt64(100 * seed + i))) }
        let R = GramSchmidt.forward(A).R
        #expect(GramSchmidt.forward(R).R == R)
        let stored = Tensor(rows: r, columns: d, elements: R.elements.map { Scalar(Float($0)) })
        #expect(GramSchmidt.forward(stored).R == stored)
      }
    }
    let axes = Tensor([[0, -1, 0], [1, 0, 0]])
    #expect(GramSchmidt.forward(axes).R == axes)
  }

  @Test("a row that is further from orthonormal than float32 rounds is made orthonormal")
  func notQuite() {
    var A = GramSchmidt.forward(.random(rows: 3, columns: 7, seed: 1)).R
    for row in 0..<3 {
      A[row, 2] += 1e-4
      let R = GramSchmidt.forward(A).R
      #expect(R != A && departure(R) < 8 * Double(Scalar.ulpOfOne))
      A = R
    }
  }

  @Test("no slope where R does not change: a longer row, or more of an earlier one in it")
  func flatDirections() {
    let A = Tensor.random(rows: 3, columns: 7, seed: 1)
    let dR = Tensor.random(rows: 3, columns: 7, seed: 2)
    let dA = GramSchmidt.backward(dR, GramSchmidt.forward(A).cache)
    // Element (i, j) is the slope when row j is added to row i.
    let slopes = matmul(dA, transposed: A)
    for i in 0..<3 {
      for j in 0...i { #expect(abs(slopes[i, j]) < 100 * Scalar.ulpOfOne) }
    }
    #expect(abs(slopes[0, 2]) > 0.01)
  }

  @Test("a row that adds nothing new gets a free direction and no slope")
  func dependentRows() {
    let A = Tensor([[1, 2, 0, 2], [0.3, 0.6, 0, 0.6], [0, 0, 0, 0], [1, 1, 1, 1]])
    let (R, cache) = GramSchmidt.forward(A)
    #expect(GramSchmidt.departure(R) < 8 * Scalar.ulpOfOne)
    let dA = GramSchmidt.backward(.random(rows: 4, columns: 4, seed: 2), cache)
    #expect(dA[rows: 1..<3, columns: 0..<4] == Tensor(repeating: 0, rows: 2, columns: 4))
    #expect(dA.dot(dA).isFinite)
    #expect(dA[rows: 0..<1, columns: 0..<4].largestMagnitude > 0.01)
  }

  @Test("all rows zero, or too short for a finite slope: the axes, and no slope")
  func nothingLeft() {
    for A in [
      Tensor(repeating: 0, rows: 3, columns: 3),
      Tensor(repeating: .leastNonzeroMagnitude, rows: 3, columns: 3),
    ] {
      let (R, cache) = GramSchmidt.forward(A)
      #expect(R == Tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1]]))
      let dA = GramSchmidt.backward(.random(rows: 3, columns: 3, seed: 2), cache)
      #expect(dA == .zeros(like: A))
    }
  }

  @Test("a number that is none is not hidden", arguments: [Scalar.nan, .infinity, -.infinity])
  func notANumber(number: Scalar) {
    let R = GramSchmidt.forward(Tensor([[1, 0, 0], [0, number, 0]])).R
    #expect(R[0, 0] == 1)
    #expect(R[1, 1].isNaN)
  }

  @Test("more rows than columns trap")
  func tooManyRows() async {
    await #expect(processExitsWith: .failure) {
      _ = GramSchmidt.forward(Tensor([[1, 0], [0, 1], [1, 1]]))
    }
  }

  @Test(.disabled("exercise 32.1: dA in one line, when A is orthonormal"))
  func exercise() {
    let A = GramSchmidt.forward(.random(rows: 3, columns: 7, seed: 1)).R
    let dR = Tensor.random(rows: 3, columns: 7, seed: 2)
    let dA = GramSchmidt.backward(dR, GramSchmidt.forward(A).cache)
    // Put S here: what of dR Rᵀ must be taken away? It is symmetric, and half of it is dR Rᵀ's.
    let S = Tensor(repeating: 0, rows: 3, columns: 3)
    expectClose(dA, dR - matmul(S, A))
  }
}

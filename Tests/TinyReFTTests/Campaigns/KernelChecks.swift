// The tensor against plain loops in Double, without a test library: `processors.sh` compiles this file
// with the sources of Tensor, for processors that this machine may not have, and runs it there.
//
// Products of many shapes, the exponential, sums over rows; then fingerprints of results, which are the
// same on two processors exactly if these compute the same bits.

@_silgen_name("exp") private func cExp(_ x: Double) -> Double

private struct Checks {
  private(set) var count = 0
  private(set) var failures = 0

  mutating func expect(_ isTrue: Bool, _ name: StaticString, _ m: Int, _ n: Int = 0, _ k: Int = 0) {
    count += 1
    if isTrue { return }
    failures += 1
    if failures < 20 { print("FAILED: \(name), \(m) \(n) \(k)") }
  }

  /// A, B and C of many shapes: empty, on either side of a tile's and of a panel's edge, and beyond.
  mutating func products() {
    for m in [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33] {
      for n in [0, 1, 3, 4, 5, 7, 8, 9, 12, 13, 23, 24, 25, 31, 36, 47, 48, 49, 64, 70, 128, 481] {
        for k in [0, 1, 2, 5, 19, 255, 256, 257, 600] where m * n * k < 400_000 {
          product(m, n, k)
        }
      }
    }
  }

  private mutating func product(_ m: Int, _ n: Int, _ k: Int) {
    let a = Tensor.random(rows: m, columns: k, seed: 1)
    let b = Tensor.random(rows: k, columns: n, seed: 2)
    var exact = [Double](repeating: 0, count: m * n)
    for i in 0..<m {
      for j in 0..<n {
        for p in 0..<k { exact[i * n + j] += Double(a[i, p]) * Double(b[p, j]) }
      }
    }
    func isClose(_ c: Tensor, added: Double = 0) -> Bool {
      guard c.rows == m, c.columns == n else { return false }
      for e in exact.indices
      where abs(Double(c.elements[e]) - exact[e] - added) > 6e-8 * (Double(k) + 4) {
        return false
      }
      return true
    }
    let c = matmul(a, b)
    expect(isClose(c), "A B", m, n, k)
    expect(isClose(matmul(transposed: a.transposed, b)), "At B", m, n, k)
    let rows = b.transposed
    let turned = matmul(a, transposed: rows)
    expect(isClose(turned), "A Bt", m, n, k)
    expect(matmul(a, transposed: rows, PackedMatrix(rows)) == turned, "packed", m, n, k)
    var sum = Tensor(repeating: 1, rows: m, columns: n)
    addMatmul(transposed: a.transposed, b, to: &sum)
    expect(isClose(sum, added: 1), "C + At B", m, n, k)
    // A row does not depend on how many are computed beside it, from a tile's height on.
    if m > Tile.rows {
      let few = Tensor(
        rows: Tile.rows, columns: k, elements: Array(a.elements[..<(Tile.rows * k)]))
      let part = Array(c.elements[..<(Tile.rows * n)])
      expect(matmul(few, b).elements == part, "rows alone", m, n, k)
    }
  }

  /// The worst error of exp, in units in the last place.
  mutating func exponentials() -> Double {
    var worst = 0.0
    for step in 0...20_000 {
      let x = Float(-87.3 + 175.3 * Double(step) / 20_000)
      if x < -87.3 || x > 88 { continue }
      let exact = cExp(Double(x))
      let e = Exponential.exp(SIMD16<Float>(repeating: x))[step % 16]
      worst = max(worst, abs(Double(e) - exact) / Double(Float(exact).ulp))
    }
    expect(worst > 0.4 && worst <= 1.01, "exp: units in the last place", Int(worst * 1000))
    let e = { (x: Float) in Exponential.exp(SIMD16<Float>(repeating: x))[3] }
    let edges = e(0) == 1 && e(-88) == 0 && e(-.infinity) == 0 && e(1000) == .infinity
    expect(edges && e(.nan).isNaN, "exp: edges", 0)
    return worst
  }

  /// Sums, the largest, and softmax, of rows of every length up to 100.
  mutating func rows() {
    for n in 1...100 {
      var stream = RandomStream(seed: UInt64(n))
      let x = Tensor.gaussian(columns: n, deviation: 4, using: &stream)
      let largest = x.all.largest
      let exact = x.elements.map { Double($0) }
      expect(Double(largest) == exact.max() ?? 0, "largest", n)
      let squares = exact.reduce(0) { $0 + $1 * $1 }
      let dot = Double(x.all.sum(with: x.all) { a, b in a * b })
      expect(abs(dot - squares) < 1e-6 * (squares + 1), "dot", n)
      var shares = x
      let sum = shares.updateSum(in: 0..<n) { v in exp(v - largest) }
      shares.update { e in e / sum }
      let powers = exact.map { cExp($0 - Double(largest)) }
      let total = powers.reduce(0, +)
      for i in 0..<n {
        expect(abs(Double(shares.elements[i]) - powers[i] / total) < 3e-7, "softmax", n, i)
      }
    }
  }
}

@_cdecl("main")
public func main() -> Int32 {
  var checks = Checks()
  checks.products()
  let worst = checks.exponentials()
  checks.rows()
  var product = Fingerprint()
  let a = Tensor.random(rows: 37, columns: 300, seed: 5)
  product.add(matmul(a, Tensor.random(rows: 300, columns: 53, seed: 6)))
  var powers = Tensor.random(columns: 1000, seed: 7)
  powers.update { v in exp(8 * v) }
  var exponentials = Fingerprint()
  exponentials.add(powers)
  print("checks \(checks.count), failed \(checks.failures), exp \(Int(worst * 1000)) / 1000 ulp")
  print("tile \(Tile.rows) x \(Tile.columns), product \(product.text), exp \(exponentials.text)")
  return checks.failures == 0 ? 0 : 1
}

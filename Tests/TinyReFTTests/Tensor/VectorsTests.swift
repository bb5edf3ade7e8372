import Testing

@testable import TinyReFT

@Suite("Vectors (docs/12-vectors.md)")
struct VectorsTests {
  /// Shorter than a vector, as long as one, and neither.
  static let lengths = [0, 1, 5, Lanes.scalarCount, 2 * Lanes.scalarCount + 3]

  /// An operand of its own length, so that reading past a range would be seen.
  private func numbers(_ count: Int, seed: UInt64) -> Tensor {
    .random(columns: count, seed: seed)
  }

  @Test("by hand: the middle of a row is squared, its neighbours stay")
  func workedExample() {
    var x = Tensor([[1, 2, 3, 4]])
    x.update(in: 1..<3) { x in x * x }
    #expect(x == Tensor([[1, 4, 9, 4]]))
    // 4 · 2 + 9 · 3 = 35; the operand begins at its element 1.
    #expect(x[in: 1..<3].sum(with: Tensor([[1, 2, 3]])[in: 1..<3]) { x, a in x * a } == 35)
    #expect(x[in: 0..<2].largest == 4)
  }

  @Test("updates are those of a plain loop, at every length", arguments: lengths)
  func updates(n: Int) {
    let (a, b) = (numbers(n + 2, seed: 1), numbers(n + 1, seed: 2))
    let x = numbers(n + 3, seed: 3)
    var (one, two, three) = (x, x, x)
    one.update(in: 2..<2 + n) { x in 2 * x }
    two.update(in: 2..<2 + n, with: a[in: 1..<1 + n]) { x, a in x - a }
    three.update(in: 2..<2 + n, with: a[in: 2..<2 + n], b[in: 1..<1 + n]) { x, a, b in x * a + b }
    var (wanted1, wanted2, wanted3) = (x, x, x)
    for k in 0..<n {
      wanted1[2 + k] = 2 * x[2 + k]
      wanted2[2 + k] = x[2 + k] - a[1 + k]
      wanted3[2 + k] = x[2 + k] * a[2 + k] + b[1 + k]
    }
    #expect(one == wanted1 && two == wanted2)
    expectClose(three, wanted3)
  }

  @Test("a new tensor, an update with its sum, and pairs, at every length", arguments: lengths)
  func others(n: Int) {
    let (x, a, b) = (numbers(n, seed: 1), numbers(n, seed: 2), numbers(n, seed: 3))
    expectClose(x.map(with: a, b) { x, a, b in x * a - b }, (0..<n).map { x[$0] * a[$0] - b[$0] })
    #expect(x.map { x in 2 * x }.elements == x.elements.map { 2 * $0 })

    // Behind the range stand numbers that are neither changed nor summed.
    let long = numbers(n + 40, seed: 4)
    var squared = long
    let sum = squared.updateSum(in: 3..<3 + n) { x in x * x + 1 }
    #expect(sum == squared[in: 3..<3 + n].sum())
    #expect(
      squared.elements
        == long.elements.enumerated().map { k, x in
          (3..<3 + n).contains(k) ? x * x + 1 : x
        })

    var pairs = numbers(2 * n + 3, seed: 5)
    let before = pairs
    pairs.updatePairs(in: 1..<1 + n, n + 2..<2 * n + 2, with: a.all, b.all) { x, y, a, b in
      (x + a, y * b)
    }
    for k in 0..<n {
      #expect(pairs[1 + k] == before[1 + k] + a[k] && pairs[n + 2 + k] == before[n + 2 + k] * b[k])
    }
    #expect(pairs[0] == before[0] && pairs[n + 1] == before[n + 1])
  }

  @Test("sums and the largest are those of a plain loop, at every length", arguments: lengths)
  func sums(n: Int) {
    let (x, a, b) = (numbers(n + 1, seed: 4), numbers(n, seed: 5), numbers(n + 2, seed: 6))
    var (squares, products, largest) = (Scalar(0), Scalar(0), -Scalar.infinity)
    for k in 0..<n {
      squares += x[1 + k] * x[1 + k] + 1
      products += x[1 + k] * a[k] * b[2 + k]
      largest = max(largest, x[1 + k])
    }
    let range = 1..<1 + n
    // The 1 would be added for lanes that do not exist, too.
    expectClose(Tensor([[x[in: range].sum { x in x * x + 1 }]]), [squares])
    let product = x[in: range].sum(with: a.all, b[in: 2..<2 + n]) { x, a, b in x * a * b }
    expectClose(Tensor([[product]]), [products])
    #expect(x[in: range].largest == largest)
  }

  @Test("NaN comes through")
  func notANumber() {
    var x = Tensor([[1, .nan]])
    #expect(x.all.sum().isNaN)
    x.update { x in exp(x) }
    #expect(x[1].isNaN)
  }

  @Test("a range that is not in the tensor traps, at either end and in an operand")
  func outside() async {
    await #expect(processExitsWith: .failure) {
      _ = Tensor([[1, 2]])[in: 1..<3].sum()
    }
    await #expect(processExitsWith: .failure) {
      var x = Tensor([[1, 2]])
      x.update(in: 0..<2, with: Tensor([[1, 2]])[in: 1..<2]) { x, a in x + a }
    }
    await #expect(processExitsWith: .failure) {
      var x = Tensor([[1, 2, 3]])
      x.updatePairs(in: 0..<2, 2..<4, with: x[in: 0..<2], x[in: 0..<2]) { x, y, _, _ in (x, y) }
    }
    await #expect(processExitsWith: .failure) {
      _ = Tensor([[1, 2]]).map(with: Tensor([[1]])) { x, a in x + a }
    }
  }
}

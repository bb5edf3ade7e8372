import Testing

@testable import TinyReFT

@Suite("Matrix views and causal products (docs/11-matrix-product.md)")
struct MatrixViewTests {
  let a = Tensor.random(rows: 11, columns: 60, seed: 1)
  let b = Tensor.random(rows: 60, columns: 70, seed: 2)

  @Test("a block of a matrix is multiplied where it stands, and so is its transpose")
  func blocks() {
    let (rows, inner, columns) = (2..<11, 3..<55, 5..<64)
    let left = a[rows: rows, columns: inner]
    let right = b[rows: inner, columns: columns]
    let (av, bv) = (MatrixView(a)[rows, inner], MatrixView(b)[inner, columns])
    #expect(matmul(av, bv) == matmul(left, right))
    #expect(matmul(bv.transposed, av.transposed) == matmul(right.transposed, left.transposed))
    #expect(matmul(MatrixView(transposed: a)[inner, rows].transposed, bv) == matmul(left, right))
  }

  @Test("a block that is not in the matrix traps")
  func outside() async {
    await #expect(processExitsWith: .failure) {
      // One row further down there is none, though there are elements enough.
      _ = MatrixView(Tensor(repeating: 1, rows: 4, columns: 9))[1..<5, 0..<1]
    }
  }

  /// Zero where query i does not see key j.
  static func causal(rows: Int, earlier: Int, seed: UInt64) -> Tensor {
    var x = Tensor.random(rows: rows, columns: rows + earlier, seed: seed)
    for i in 0..<rows { for j in i + earlier + 1..<max(i + earlier + 1, x.columns) { x[i, j] = 0 } }
    return x
  }

  @Test(
    "what no query sees is left out, and the rest has the bits of the whole product",
    arguments: [1, 7, 8, 9, 61, 300], [0, 1, 8, 50])
  func causalProducts(n: Int, earlier: Int) {
    let weights = Self.causal(rows: n, earlier: earlier, seed: 3)
    let (q, k) = (
      Tensor.random(rows: n, columns: 5, seed: 4),
      Tensor.random(rows: n + earlier, columns: 5, seed: 5)
    )
    let scores = matmul(MatrixView(q), MatrixView(transposed: k), .scores(earlier: earlier))
    let whole = matmul(q, transposed: k)
    for i in 0..<n {
      for j in 0...i + earlier { #expect(scores[i, j] == whole[i, j], "score [\(i), \(j)]") }
    }
    #expect(
      matmul(MatrixView(weights), MatrixView(k), .left(earlier: earlier)) == matmul(weights, k))
    #expect(
      matmul(MatrixView(transposed: weights), MatrixView(q), .leftTransposed(earlier: earlier))
        == matmul(transposed: weights, q))
  }

  @Test("about half is multiplied")
  func operations() {
    // Tiles of 8 · 48 (or of fewer): of 96 · 96 scores more than half, and less than two thirds.
    let x = Tensor.random(rows: 96, columns: 4, seed: 6)
    let steps = (0..<96).map { row in
      stride(from: 0, to: 96, by: 8).count {
        Causal.scores(earlier: 0).steps(0..<4, rows: row..<row + 1, firstColumn: $0) != nil
      }
    }
    #expect(steps.reduce(0, +) == 8 * (1...12).reduce(0, +))
    #expect(Causal.left(earlier: 2).steps(0..<9, rows: 3..<5, firstColumn: 0) == 0..<7)
    #expect(Causal.leftTransposed(earlier: 2).steps(0..<9, rows: 5..<7, firstColumn: 0) == 3..<9)
    #expect(matmul(MatrixView(x), MatrixView(transposed: x), .scores(earlier: 0)).rows == 96)
  }
}

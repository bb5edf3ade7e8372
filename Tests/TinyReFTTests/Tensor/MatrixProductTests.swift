import Testing

@testable import TinyReFT

@Suite("Matrix product (docs/11-matrix-product.md)")
struct MatrixProductTests {
  /// The definition, cᵢⱼ = Σₚ aᵢₚ · bₚⱼ, as three loops: slow, and plainly right.
  static func naive(_ a: Tensor, _ b: Tensor) -> Tensor {
    var c = Tensor(repeating: 0, rows: a.rows, columns: b.columns)
    for i in 0..<a.rows {
      for j in 0..<b.columns {
        for p in 0..<a.columns { c[i, j] += a[i, p] * b[p, j] }
      }
    }
    return c
  }

  @Test("by hand: two rows, two columns")
  func workedExample() {
    let a = Tensor([[1, 2], [3, 4]])
    let b = Tensor([[5, 6], [7, 8]])
    // First element: 1 · 5 + 2 · 7 = 19.
    #expect(matmul(a, b) == Tensor([[19, 22], [43, 50]]))
    // A·Bᵀ pairs rows with rows: 1 · 5 + 2 · 6 = 17.
    #expect(matmul(a, transposed: b) == Tensor([[17, 23], [39, 53]]))
    // Aᵀ·B pairs columns with columns: 1 · 5 + 3 · 7 = 26.
    #expect(matmul(transposed: a, b) == Tensor([[26, 30], [38, 44]]))
  }

  @Test(
    "agrees with the three loops, whatever the shape",
    arguments: [0, 1, 2, 7, 8, 9, 17], [0, 1, 3, 31, 33, 70])
  func shapes(m: Int, n: Int) {
    for k in [0, 1, 2, 5, 19] {
      let a = Tensor.random(rows: m, columns: k, seed: 1)
      let b = Tensor.random(rows: k, columns: n, seed: 2)
      let expected = Self.naive(a, b)
      expectClose(matmul(a, b), expected)
      expectClose(matmul(a, transposed: b.transposed), expected)
      expectClose(matmul(transposed: a.transposed, b), expected)
    }
  }

  @Test("adding to C keeps what stood there")
  func accumulation() {
    let a = Tensor.random(rows: 9, columns: 4, seed: 1)
    let b = Tensor.random(rows: 4, columns: 35, seed: 2)
    var c = Tensor(repeating: 5, rows: 9, columns: 35)
    addMatmul(a, b, to: &c)
    expectClose(c - matmul(a, b), Tensor(repeating: 5, rows: 9, columns: 35))
    addMatmul(transposed: a.transposed, b, to: &c)
    expectClose(c - 2 * matmul(a, b), Tensor(repeating: 5, rows: 9, columns: 35))
  }

  @Test("a row comes out the same, whatever rows stand beside it")
  func rowsAreIndependent() {
    let a = Tensor.random(rows: 13, columns: 70, seed: 1)
    let w = Tensor.random(rows: 41, columns: 70, seed: 2)
    let all = matmul(a, transposed: w)
    for i in 0..<a.rows {
      #expect(matmul(a.gathered(rows: [i]), transposed: w) == all.gathered(rows: [i]))
    }
  }

  @Test("shapes that do not fit trap")
  func wrongShape() async {
    await #expect(processExitsWith: .failure) {
      // Five columns meet six rows, and there is memory enough to run on to a wrong answer.
      let a = Tensor(repeating: 1, rows: 4, columns: 5)
      _ = matmul(a, Tensor(repeating: 1, rows: 6, columns: 4))
    }
  }
}

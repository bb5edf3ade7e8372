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
    arguments: Array(0...9) + [17], [0, 1, 3, 31, 33, 70])
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

  @Test("a k that is longer than a panel is deep", arguments: [255, 256, 257, 600])
  func depth(k: Int) {
    let a = Tensor.random(rows: 9, columns: k, seed: 1)
    let b = Tensor.random(rows: k, columns: 50, seed: 2)
    let expected = Self.naive(a, b)
    expectClose(matmul(a, b), expected)
    expectClose(matmul(a, transposed: b.transposed), expected)
    var c = expected
    addMatmul(transposed: a.transposed, b, to: &c)
    expectClose(c, 2 * expected)
  }

  @Test(
    "a B that is wider than what is copied at once, in place and copied",
    arguments: [480, 481, 512, 990], [3, 70])
  func breadth(n: Int, k: Int) {
    let a = Tensor.random(rows: 9, columns: k, seed: 1)
    let b = Tensor.random(rows: k, columns: n, seed: 2)
    let expected = Self.naive(a, b)
    let c = matmul(a, b)
    expectClose(c, expected)
    #expect(matmul(a, transposed: b.transposed) == c)
    #expect(matmul(a, transposed: b.transposed, PackedMatrix(b.transposed)) == c)
    var sum = expected
    addMatmul(transposed: a.transposed, b, to: &sum)
    expectClose(sum, 2 * expected)
  }

  @Test(
    "a packed matrix gives the same bits, unless it was packed of another",
    arguments: [1, 5, 24, 48, 100], [3, 256, 300])
  func packed(n: Int, k: Int) {
    let a = Tensor.random(rows: 9, columns: k, seed: 1)
    let b = Tensor.random(rows: n, columns: k, seed: 2)
    let c = matmul(a, transposed: b)
    #expect(matmul(a, transposed: b, PackedMatrix(b)) == c)
    #expect(matmul(a, transposed: b, PackedMatrix(2 * b)) == c)
  }

  @Test("adding to C keeps what stood there")
  func accumulation() {
    let a = Tensor.random(rows: 9, columns: 4, seed: 1)
    let b = Tensor.random(rows: 4, columns: 35, seed: 2)
    var c = Tensor(repeating: 5, rows: 9, columns: 35)
    addMatmul(transposed: a.transposed, b, to: &c)
    expectClose(c - matmul(a, b), Tensor(repeating: 5, rows: 9, columns: 35))
    addMatmul(transposed: a.transposed, b, to: &c)
    expectClose(c - 2 * matmul(a, b), Tensor(repeating: 5, rows: 9, columns: 35))
    // A sum of no terms, such as the gradient of a batch without targets, adds nothing.
    let sum = c
    let none = Tensor(repeating: 0, rows: 0, columns: 9)
    addMatmul(transposed: none, Tensor(repeating: 0, rows: 0, columns: 35), to: &c)
    #expect(c == sum)
  }

  @Test("the three products are one loop: the same bits")
  func transposes() {
    let a = Tensor.random(rows: 9, columns: 19, seed: 1)
    let b = Tensor.random(rows: 19, columns: 35, seed: 2)
    #expect(matmul(a, transposed: b.transposed) == matmul(a, b))
    #expect(matmul(transposed: a.transposed, b) == matmul(a, b))
  }

  @Test("what is beside the edge of C stays out of it")
  func edges() {
    // 9 rows and 70 columns fill no tile. At the lower edge, row 8 of A stands in for the rows that
    // do not exist; column 56 of B is in the last panel, which has fewer columns than vectors do.
    var a = Tensor.random(rows: 9, columns: 5, seed: 1)
    var b = Tensor.random(rows: 5, columns: 70, seed: 2)
    for p in 0..<5 { (a[8, p], b[p, 56]) = (.nan, .nan) }
    let c = matmul(a, b)
    for i in 0..<9 {
      for j in 0..<70 {
        #expect(c[i, j].isNaN == (i == 8 || j == 56), "c[\(i), \(j)] is \(c[i, j])")
      }
    }
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

  @Test("a large product has the same bits on any number of threads", arguments: [1, 7, 8, 9])
  func threads(rows: Int) {
    let x = Tensor.random(rows: rows, columns: 200, seed: 1)
    let w = Tensor.random(rows: 401, columns: 200, seed: 2)
    let one = matmul(x, transposed: w)
    expectClose(one, Self.naive(x, w.transposed))
    for count in [2, 3, 500] {
      #expect(Parallel.$threads.withValue(count) { matmul(x, transposed: w) } == one)
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

  @Test(.disabled("exercise 11.1: write outerProducts, below"))
  func exercise() {
    // Whole numbers: every order of summation gives the same.
    let a = Tensor([[1, 2, 3], [4, 5, 6]])
    let b = Tensor([[7, 8], [9, 10], [11, 12]])
    #expect(outerProducts(a, b) == matmul(a, b))
    #expect(outerProducts(b, a) == matmul(b, a))
  }

  /// For exercise 11.1: A·B as a sum over p of (column p of A) · (row p of B), each of C's shape.
  private func outerProducts(_ a: Tensor, _ b: Tensor) -> Tensor {
    Tensor(repeating: 0, rows: a.rows, columns: b.columns)
  }
}

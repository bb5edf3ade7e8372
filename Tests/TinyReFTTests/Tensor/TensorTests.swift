import Testing

@testable import TinyReFT

@Suite("Tensor (docs/10-tensor.md)")
struct TensorTests {
  static let m = Tensor([[1, 2, 3], [4, 5, 6]])

  @Test("by hand: two rows of three, end to end")
  func workedExample() {
    var m = Self.m
    #expect((m.rows, m.columns, m.count) == (2, 3, 6))
    #expect(m.elements == [1, 2, 3, 4, 5, 6])
    // Row 1, column 0 stands at 1 · 3 + 0 = 3.
    #expect(m[1, 0] == 4 && m[1, 0] == m.elements[3])
    #expect(m.row(1) == 3..<6)
    m[0, 2] = 9
    #expect(m == Tensor(rows: 2, columns: 3, elements: [1, 2, 9, 4, 5, 6]))
    #expect(m.transposed == Tensor([[1, 4], [2, 5], [9, 6]]))
  }

  @Test("a vector is a matrix of one row")
  func vectors() {
    var v = Tensor(columns: 3, elements: [7, 8, 9])
    v[1] = 0
    #expect(v == Tensor([[7, 0, 9]]))
  }

  @Test("blocks are copied out and in")
  func blocks() {
    var m = Tensor([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    let block = m[rows: 1..<3, columns: 0..<2]
    #expect(block == Tensor([[4, 5], [7, 8]]))
    m[rows: 0..<2, columns: 1..<3] = block
    #expect(m == Tensor([[1, 4, 5], [4, 7, 8], [7, 8, 9]]))
    m[rows: 1..<2, columns: 0..<3] += Tensor([[10, 20, 30]])
    #expect(m == Tensor([[1, 4, 5], [14, 27, 38], [7, 8, 9]]))
    #expect(m[rows: 3..<3, columns: 0..<2].shape == "[0, 2]")
  }

  @Test("rows are gathered in any order, and scattered back by adding")
  func gathering() {
    #expect(Self.m.gathered(rows: [1, 0, 1]) == Tensor([[4, 5, 6], [1, 2, 3], [4, 5, 6]]))
    var sums = Tensor(repeating: 1, rows: 2, columns: 3)
    sums.scatterAdd(Tensor([[1, 2, 3], [10, 20, 30], [100, 200, 300]]), rows: [1, 0, 1])
    #expect(sums == Tensor([[11, 21, 31], [102, 203, 304]]))
  }

  @Test("rows of another matrix are put below")
  func appending() {
    let below = Tensor([[7, 8, 9]])
    var (m, none) = (Self.m, Tensor(repeating: 0, rows: 0, columns: 3))
    m.append(below)
    none.append(below)
    #expect(m == Tensor([[1, 2, 3], [4, 5, 6], [7, 8, 9]]))
    #expect(none == below)
  }

  @Test("arithmetic goes element by element")
  func arithmetic() {
    let n = Tensor([[10, 20, 30], [40, 50, 60]])
    #expect(Self.m + n == Tensor([[11, 22, 33], [44, 55, 66]]))
    #expect(n - Self.m == Tensor([[9, 18, 27], [36, 45, 54]]))
    #expect(2 * Self.m == Tensor([[2, 4, 6], [8, 10, 12]]))
    var a = Self.m
    a += n
    a.add(n, scaledBy: -2)
    #expect(a == Tensor([[-9, -18, -27], [-36, -45, -54]]))
    a.multiply(by: Self.m)
    #expect(a == Tensor([[-9, -36, -81], [-144, -225, -324]]))
  }

  @Test("a vector is added to each row, and its gradient is the sum of each column")
  func rows() {
    var a = Self.m
    a.addToEachRow(Tensor([[10, 20, 30]]))
    #expect(a == Tensor([[11, 22, 33], [14, 25, 36]]))
    #expect(a.columnSums == Tensor([[25, 47, 69]]))
  }

  @Test("a dot product is summed in Double: in Float the two ones would be lost")
  func dot() {
    #expect(Self.m.dot(Self.m) == 91)
    // (2²⁴)² = 2⁴⁸: its neighbours in Float are 2²⁵ away.
    let a = Tensor([[0x1p24, 0x1p24, 1, 1]])
    #expect(a.dot(a) == 0x1p49 + 2)
  }

  @Test("the largest magnitude ignores the sign, and never a NaN")
  func largest() {
    #expect(Tensor([[1, -3], [2, 0]]).largestMagnitude == 3)
    #expect(Tensor.none.largestMagnitude == 0)
    for values: [Scalar] in [[.nan, 1], [1, .nan], [1, .nan, 2]] {
      #expect(Tensor([values]).largestMagnitude.isNaN)
    }
  }

  @Test("nothing at all has no rows and no columns")
  func nothing() {
    #expect(Tensor.none.isEmpty && Tensor.none.shape == "[0, 0]")
    #expect(Tensor([]) == .none)
    #expect(Tensor.zeros(like: Self.m) == Tensor([[0, 0, 0], [0, 0, 0]]))
  }

  @Test("what does not fit traps where it would run on to a wrong answer")
  func traps() async {
    await #expect(processExitsWith: .failure) {
      _ = Tensor(rows: 2, columns: 3, elements: [1, 2, 3, 4, 5, 6, 7])
    }
    await #expect(processExitsWith: .failure) { _ = Tensor([[1, 2, 3], [4]]) }
    // Column 3 of row 0 would be column 0 of row 1.
    await #expect(processExitsWith: .failure) { _ = Self.m[0, 3] }
    await #expect(processExitsWith: .failure) { _ = Self.m[1, -1] }
    await #expect(processExitsWith: .failure) { _ = Self.m[rows: 0..<1, columns: 2..<4] }
    await #expect(processExitsWith: .failure) {
      var m = Self.m
      m[rows: 0..<1, columns: 2..<4] = Tensor([[8, 9]])
    }
    await #expect(processExitsWith: .failure) {
      var m = Self.m
      m[rows: 0..<2, columns: 0..<2] = Tensor([[1, 2, 3], [4, 5, 6]])
    }
    // Six numbers each, in another shape.
    await #expect(processExitsWith: .failure) { _ = Self.m + Self.m.transposed }
    await #expect(processExitsWith: .failure) {
      var m = Self.m
      m.multiply(by: m.transposed)
    }
    await #expect(processExitsWith: .failure) {
      var m = Self.m
      m.addToEachRow(Tensor([[1, 2, 3, 4]]))
    }
    await #expect(processExitsWith: .failure) {
      var m = Self.m
      m.scatterAdd(m, rows: [0])
    }
    await #expect(processExitsWith: .failure) { _ = Tensor([[1, 2]]).dot(Tensor([[1, 2, 3]])) }
  }

  @Test("a tensor with other elements than its shape has room for traps before unsafe loops see it")
  func notWhole() async {
    await #expect(processExitsWith: .failure) {
      var x = Tensor(repeating: 1, columns: 4)
      x.elements += [Scalar](repeating: 1, count: 64)
      _ = 2 * x
    }
    await #expect(processExitsWith: .failure) {
      var x = Tensor(repeating: 1, rows: 9, columns: 9)
      x.elements.removeLast(40)
      _ = matmul(x, x)
    }
  }

  @Test(.disabled("exercise 10.1: write gathered(columns:), below"))
  func exercise() {
    #expect(Self.m.gathered(columns: [2, 0, 2]) == Tensor([[3, 1, 3], [6, 4, 6]]))
  }
}

extension Tensor {
  /// For exercise 10.1: the columns with these indices, in this order.
  fileprivate func gathered(columns indices: [Int]) -> Tensor { self }
}

import Synchronization

// The three matrix products that a layer needs: y = x·Wᵀ forward, dx = dy·W and dW = dyᵀ·x backward.
//
// A transpose is never formed. It is only another way to walk through memory: the element (i, p) of
// A stands at i · step.row + p · step.column, and Aᵀ swaps the two steps. So all three products are
// one loop over tiles of C (`multiply`), and only the tile itself (MatrixKernel.swift) is unsafe.
//
//     shapes     A: [m, k]     B: [k, n]     C: [m, n]
//     order      each element of C sums over p = 0, 1, …, k−1 in that order, whatever the tile, so
//                that a row's result does not depend on how many rows are computed beside it
//     paper      Goto & van de Geijn 2008, "Anatomy of high-performance matrix multiplication"
//     differs    k is not cut and A is not copied: our matrices are small
//     read       docs/11-matrix-product.md
//     check      Tests/TinyReFTTests/Tensor/MatrixProductTests.swift

/// C = A·B.
public func matmul(_ a: Tensor, _ b: Tensor) -> Tensor { product(MatrixView(a), MatrixView(b)) }

/// C = A·Bᵀ, a large B shared out among `threads`, which cannot be seen in the result.
public func matmul(_ a: Tensor, transposed b: Tensor, threads: Int = 1) -> Tensor {
  product(MatrixView(a), MatrixView(transposed: b), threads: b.count < 1 << 16 ? 1 : threads)
}

/// C = Aᵀ·B.
public func matmul(transposed a: Tensor, _ b: Tensor) -> Tensor {
  product(MatrixView(transposed: a), MatrixView(b))
}

/// C = A·B, of parts of matrices.
func matmul(_ a: MatrixView, _ b: MatrixView) -> Tensor { product(a, b) }

/// C ← C + A·B.
public func addMatmul(_ a: Tensor, _ b: Tensor, to c: inout Tensor) {
  multiply(MatrixView(a), MatrixView(b), into: &c, isAdded: true)
}

/// C ← C + Aᵀ·B: how a weight's gradient adds up over sequences.
public func addMatmul(transposed a: Tensor, _ b: Tensor, to c: inout Tensor) {
  multiply(MatrixView(transposed: a), MatrixView(b), into: &c, isAdded: true)
}

/// How many floating-point operations matrix products have done since the program began.
enum MatrixWork {
  private static let count = Atomic(0)

  static var operations: Int { count.load(ordering: .relaxed) }

  static func add(_ operations: Int) { count.wrappingAdd(operations, ordering: .relaxed) }
}

/// A matrix as the product sees it: elements, and how far apart neighbours stand. It may be part of
/// a tensor, or its transpose: nothing is copied.
struct MatrixView {
  let elements: [Scalar]
  let rows: Int
  let columns: Int
  let step: (row: Int, column: Int)
  /// Where element (0, 0) stands.
  var start = 0

  init(_ tensor: Tensor) {
    (elements, rows, columns) = (tensor.elements, tensor.rows, tensor.columns)
    step = (tensor.columns, 1)
  }

  init(transposed tensor: Tensor) { self = MatrixView(tensor).transposed }

  private init(
    _ elements: [Scalar], _ rows: Int, _ columns: Int, _ step: (row: Int, column: Int), _ start: Int
  ) {
    (self.elements, self.rows, self.columns) = (elements, rows, columns)
    (self.step, self.start) = (step, start)
  }

  var shape: String { "[\(rows), \(columns)]" }

  var transposed: MatrixView {
    MatrixView(elements, columns, rows, (step.column, step.row), start)
  }

  /// The block where these rows and columns meet. Traps unless it lies inside.
  subscript(rowRange: Range<Int>, columnRange: Range<Int>) -> MatrixView {
    precondition(
      rowRange.upperBound <= rows && columnRange.upperBound <= columns && rowRange.lowerBound >= 0
        && columnRange.lowerBound >= 0,
      "MatrixView: no block \(rowRange) × \(columnRange) in [\(rows), \(columns)]")
    return MatrixView(
      elements, rowRange.count, columnRange.count, step,
      start + rowRange.lowerBound * step.row + columnRange.lowerBound * step.column)
  }
}

/// Where a product goes: a block of C, from (row, column) on, is set or added to.
struct MatrixBlock {
  var (row, column) = (0, 0)
  var columns = 0
  var isAdded = false
}

/// A·B as a new matrix. With few rows in A, such as the one of a generated token, copying B into
/// panels would cost more than the arithmetic. Then it is Cᵀ = Bᵀ·Aᵀ that is computed: the panel
/// holds A, and B is read once, where it stands. On several threads, each makes a band of Cᵀ.
private func product(_ a: MatrixView, _ b: MatrixView, threads: Int = 1) -> Tensor {
  guard a.rows < Tile.rows || threads > 1, a.columns == b.rows else {
    var c = Tensor(uninitializedRows: a.rows, columns: b.columns)
    multiply(a, b, into: &c)
    return c
  }
  var c = Tensor(repeating: 0, rows: a.rows, columns: b.columns)
  let size = max(1, (b.columns + threads - 1) / threads)
  let bands = stride(from: 0, to: b.columns, by: size).map { $0..<min($0 + size, b.columns) }
  let results = parallelMap(count: bands.count, threads: threads) { s in
    var band = Tensor(uninitializedRows: bands[s].count, columns: a.rows)
    multiply(b[0..<b.rows, bands[s]].transposed, a.transposed, into: &band)
    return band
  }
  for (band, result) in zip(bands, results) {
    c[rows: 0..<a.rows, columns: band] = result.transposed
  }
  return c
}

/// A·B into the block of C that begins at (row, column): set, or added. Panel by panel and, where k
/// is long, piece by piece of k. Traps unless the shapes agree.
func multiply(
  _ a: MatrixView, _ b: MatrixView, into c: inout Tensor, row: Int = 0, column: Int = 0,
  isAdded: Bool = false
) {
  precondition(
    a.columns == b.rows && row + a.rows <= c.rows && column + b.columns <= c.columns,
    "matmul: [\(a.rows), \(a.columns)] · [\(b.rows), \(b.columns)] into \(c.shape)")
  guard a.rows > 0, b.columns > 0 else { return }
  guard b.rows > 0 else {
    if !isAdded {
      c[rows: row..<row + a.rows, columns: column..<column + b.columns] = Tensor(
        repeating: 0, rows: a.rows, columns: b.columns)
    }
    return
  }
  MatrixWork.add(2 * a.rows * b.rows * b.columns)
  var panel = Panel(depth: min(depth, b.rows))
  for firstStep in stride(from: 0, to: b.rows, by: depth) {
    let steps = firstStep..<min(firstStep + depth, b.rows)
    for first in stride(from: 0, to: b.columns, by: Tile.columns) {
      let columns = first..<min(first + Tile.columns, b.columns)
      panel.pack(b[steps, columns])
      let block = MatrixBlock(
        row: row, column: column + first, columns: columns.count,
        isAdded: isAdded || firstStep > 0)
      Tile.multiply(a[0..<a.rows, steps], panel, block, of: &c)
    }
  }
}

/// Steps of k that a panel holds.
private let depth = 256

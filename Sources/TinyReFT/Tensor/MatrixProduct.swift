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
  var c = Tensor(repeating: 0, rows: a.columns, columns: b.columns)
  addMatmul(transposed: a, b, to: &c)
  return c
}

/// C ← C + A·B.
public func addMatmul(_ a: Tensor, _ b: Tensor, to c: inout Tensor) {
  multiply(MatrixView(a), MatrixView(b), addingTo: &c)
}

/// C ← C + Aᵀ·B: how a weight's gradient adds up over sequences.
public func addMatmul(transposed a: Tensor, _ b: Tensor, to c: inout Tensor) {
  multiply(MatrixView(transposed: a), MatrixView(b), addingTo: &c)
}

/// How many floating-point operations matrix products have done since the program began.
enum MatrixWork {
  private static let count = Atomic(0)

  static var operations: Int { count.load(ordering: .relaxed) }

  static func add(_ operations: Int) { count.wrappingAdd(operations, ordering: .relaxed) }
}

/// A matrix as the product sees it: elements, and how far apart neighbours stand.
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

  init(transposed tensor: Tensor) {
    (elements, rows, columns) = (tensor.elements, tensor.columns, tensor.rows)
    step = (1, tensor.columns)
  }

  /// These columns of `view`, as rows.
  init(transposing view: MatrixView, columns range: Range<Int>) {
    (elements, rows, columns) = (view.elements, range.count, view.rows)
    step = (view.step.column, view.step.row)
    start = view.start + range.lowerBound * view.step.column
  }
}

/// A·B as a new matrix. With few rows in A, such as the one of a generated token, copying B into
/// panels would cost more than the arithmetic. Then it is Cᵀ = Bᵀ·Aᵀ that is computed: the panel
/// holds A, and B is read once, where it stands. On several threads, each makes a band of Cᵀ.
private func product(_ a: MatrixView, _ b: MatrixView, threads: Int = 1) -> Tensor {
  var c = Tensor(repeating: 0, rows: a.rows, columns: b.columns)
  guard a.rows < Tile.rows || threads > 1, a.columns == b.rows else {
    multiply(a, b, addingTo: &c)
    return c
  }
  let size = max(1, (b.columns + threads - 1) / threads)
  let bands = stride(from: 0, to: b.columns, by: size).map { $0..<min($0 + size, b.columns) }
  let right = MatrixView(transposing: a, columns: 0..<a.columns)
  let results = parallelMap(count: bands.count, threads: threads) { s in
    var band = Tensor(repeating: 0, rows: bands[s].count, columns: a.rows)
    multiply(MatrixView(transposing: b, columns: bands[s]), right, addingTo: &band)
    return band
  }
  for (band, result) in zip(bands, results) {
    c[rows: 0..<a.rows, columns: band] = result.transposed
  }
  return c
}

/// C ← C + A·B, tile by tile. Traps unless the shapes agree.
private func multiply(_ a: MatrixView, _ b: MatrixView, addingTo c: inout Tensor) {
  precondition(
    a.columns == b.rows && c.rows == a.rows && c.columns == b.columns,
    "matmul: [\(a.rows), \(a.columns)] · [\(b.rows), \(b.columns)] into \(c.shape)")
  guard a.rows > 0, b.rows > 0, b.columns > 0 else { return }
  MatrixWork.add(2 * a.rows * b.rows * b.columns)
  let width = Tile.width(columns: b.columns)
  var panel = [Scalar](repeating: 0, count: b.rows * width)
  for firstColumn in stride(from: 0, to: b.columns, by: width) {
    pack(b, columns: firstColumn..<min(firstColumn + width, b.columns), width, into: &panel)
    for firstRow in stride(from: 0, to: a.rows, by: Tile.rows) {
      Tile.multiply(a, firstRow: firstRow, panel, firstColumn: firstColumn, addingTo: &c)
    }
  }
}

/// Copies columns of B to where the tile can read them: side by side, one row after the other.
///
/// What stands in the panel right of a narrow last strip is left over from the strip before; it
/// only reaches elements of the tile that are never stored.
private func pack(
  _ b: MatrixView, columns: Range<Int>, _ width: Int, into panel: inout [Scalar]
) {
  let start = b.start + columns.lowerBound * b.step.column
  if b.step.column == 1 {
    for p in 0..<b.rows {
      for j in 0..<columns.count {
        panel[p &* width &+ j] = b.elements[start &+ p &* b.step.row &+ j]
      }
    }
  } else {
    for j in 0..<columns.count {
      for p in 0..<b.rows {
        panel[p &* width &+ j] = b.elements[start &+ j &* b.step.column &+ p]
      }
    }
  }
}

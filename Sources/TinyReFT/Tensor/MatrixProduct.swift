import Synchronization

// The three matrix products that a layer needs: y = x·Wᵀ forward, dx = dy·W and dW = dyᵀ·x backward.
//
// A transpose is never formed. It is only another way to walk through memory: the element (i, p) of
// A stands at i · step.row + p · step.column, and Aᵀ swaps the two steps. So all three products are
// one loop over tiles of C (`multiply`), and only what it calls is unsafe: the tile and the panel.
//
//     shapes     A: [m, k]     B: [k, n]     C: [m, n]
//     order      each element of C sums over p in order, piece of k by piece, whatever the tile, so
//                that a row's result does not depend on how many rows are computed beside it
//     paper      Goto & van de Geijn 2008, "Anatomy of high-performance matrix multiplication"
//     differs    A is not copied, and B only where it has to be (Panel.swift)

/// C = A·B.
func matmul(_ a: Tensor, _ b: Tensor) -> Tensor { product(MatrixView(a), MatrixView(b)) }

/// C = A·Bᵀ, with the panels of B, if they were packed of this B. A large B is shared out among
/// `Parallel.threads`, which cannot be seen in the result.
func matmul(_ a: Tensor, transposed b: Tensor, _ packed: PackedMatrix? = nil) -> Tensor {
  product(
    MatrixView(a), MatrixView(transposed: b), threads: b.count < 1 << 16 ? 1 : Parallel.threads,
    packed: packed?.source == b ? packed : nil)
}

/// C = Aᵀ·B.
func matmul(transposed a: Tensor, _ b: Tensor) -> Tensor {
  product(MatrixView(transposed: a), MatrixView(b))
}

/// C = A·B, of parts of matrices.
func matmul(_ a: MatrixView, _ b: MatrixView, _ causal: Causal? = nil) -> Tensor {
  product(a, b, causal: causal)
}

/// C ← C + Aᵀ·B: how a weight's gradient adds up over sequences.
func addMatmul(transposed a: Tensor, _ b: Tensor, to c: inout Tensor) {
  multiply(MatrixView(transposed: a), MatrixView(b), into: &c, isAdded: true)
}

/// How many floating-point operations matrix products have done since the program began.
enum MatrixWork {
  private static let count = Atomic(0)

  static var operations: Int { count.load(ordering: .relaxed) }

  static func add(_ operations: Int) { count.wrappingAdd(operations, ordering: .relaxed) }
}

/// A·B as a new matrix. With few rows in A, such as the one of a generated token, copying B into
/// panels would cost more than the arithmetic. Then it is Cᵀ = Bᵀ·Aᵀ that is computed: the panel
/// holds A, and B is read once, where it stands. Threads share bands of Cᵀ; a fast one takes more.
private func product(
  _ a: MatrixView, _ b: MatrixView, threads: Int = 1, causal: Causal? = nil,
  packed: PackedMatrix? = nil
) -> Tensor {
  guard a.rows < Tile.rows || threads > 1, a.columns == b.rows, causal == nil else {
    var c = Tensor(uninitializedRows: a.rows, columns: b.columns)
    multiply(a, b, into: &c, causal: causal, packed: packed)
    return c
  }
  var c = Tensor(repeating: 0, rows: a.rows, columns: b.columns)
  let count = threads > 1 ? 4 * threads : 1
  let size = max(1, (b.columns + count - 1) / count)
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

/// A·B into C, which is set, or added to: panel by panel and, where k is long, piece by piece of k.
/// Traps unless the shapes agree.
private func multiply(
  _ a: MatrixView, _ b: MatrixView, into c: inout Tensor, isAdded: Bool = false,
  causal: Causal? = nil, packed: PackedMatrix? = nil
) {
  precondition(
    a.columns == b.rows && a.rows == c.rows && b.columns == c.columns,
    "matmul: [\(a.rows), \(a.columns)] · [\(b.rows), \(b.columns)] into \(c.shape)")
  c.requireWhole()
  guard a.rows > 0, b.columns > 0 else { return }
  guard b.rows > 0 else {
    if !isAdded { c = .zeros(like: c) }
    return
  }
  var (buffer, operations) = ([Scalar](), 0)
  // A panel so narrow holds all steps of k. A is the larger, and is read row by row to its end.
  let isWhole = packed == nil && b.columns <= Tile.Narrow.scalarCount
  let depth = isWhole ? b.rows : Panels.depth
  for firstStep in stride(from: 0, to: b.rows, by: depth) {
    let steps = firstStep..<min(firstStep + depth, b.rows)
    for left in stride(from: 0, to: b.columns, by: Panels.breadth) {
      let right = min(left + Panels.breadth, b.columns)
      let panels =
        packed?.pieces[firstStep / depth]
        ?? Panels(b[steps, left..<right], firstColumn: left, &buffer)
      for first in stride(from: left, to: right, by: Tile.columns) {
        let columns = first..<min(first + Tile.columns, right)
        operations += Tile.multiply(
          a, panels, steps: steps, columns: columns, of: &c, isAdded: isAdded, causal)
      }
    }
  }
  MatrixWork.add(operations)
}

/// A matrix as the product sees it: elements, and how far apart neighbours stand. It may be part of
/// a tensor, or its transpose: nothing is copied.
struct MatrixView {
  let elements: [Scalar]
  let rows: Int
  let columns: Int
  let step: (row: Int, column: Int)
  /// Where element (0, 0) stands.
  var start = 0

  /// Traps if the tensor was given other than rows · columns elements: no one looks after this.
  init(_ tensor: Tensor) {
    tensor.requireWhole()
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

/// Which part of a causal product matters. Query i sees the keys up to i + `earlier`: of the scores,
/// with a row for each query, only those are wanted, and the others are zero where they are read.
enum Causal {
  /// C is such a matrix: what lies wholly behind the last seen key is not computed, and not set.
  case scores(earlier: Int)
  /// A is one: its zeros are not multiplied.
  case left(earlier: Int)
  /// A is the transpose of one.
  case leftTransposed(earlier: Int)

  /// The steps of k that these rows and columns of C need; nil when C is not needed there.
  func steps(_ steps: Range<Int>, rows: Range<Int>, firstColumn: Int) -> Range<Int>? {
    switch self {
    case .scores(let earlier): firstColumn < rows.upperBound + earlier ? steps : nil
    case .left(let earlier): steps.clamped(to: 0..<rows.upperBound + earlier)
    case .leftTransposed(let earlier):
      steps.clamped(to: max(0, rows.lowerBound - earlier)..<max(rows.lowerBound, steps.upperBound))
    }
  }
}

extension Tensor {
  /// Traps unless there are rows · columns elements, on which unsafe loops rely.
  func requireWhole() {
    precondition(
      elements.count == rows * columns, "Tensor: \(elements.count) elements in \(shape)")
  }

  /// Rows become columns.
  var transposed: Tensor {
    var result = Tensor(repeating: 0, rows: columns, columns: rows)
    for i in 0..<rows { for j in 0..<columns { result[j, i] = self[i, j] } }
    return result
  }
}

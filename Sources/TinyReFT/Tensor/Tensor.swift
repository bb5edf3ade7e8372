/// A matrix of scalars, row-major: all that this library computes with.
///
/// An activation is [tokens, features], a weight [out, in], and a vector is a matrix of one row.
/// Two dimensions are enough because sequences are laid end to end rather than stacked: where one
/// ends and the next begins is written in `Batch`, beside the tensor and not in its shape.
///
/// Loops over elements are calls such as `y.update(in: range, with: a, b) { y, a, b in … }`: each y of
/// the range becomes what the closure makes of it and its counterparts, a vector of them at a time.
///
///     layout     element (i, j) stands at index i · columns + j
///     units      sizes in elements; a `Scalar` is a Float, and in debug builds a Double
public struct Tensor: Equatable, Sendable {
  public private(set) var rows: Int
  public let columns: Int

  /// Row after row; always rows · columns of them.
  var elements: [Scalar]

  /// Every element the same.
  public init(repeating value: Scalar, rows: Int = 1, columns: Int) {
    self.init(
      rows: rows, columns: columns, elements: Array(repeating: value, count: rows * columns))
  }

  /// Takes `elements` row by row. Traps unless there are rows · columns of them.
  public init(rows: Int = 1, columns: Int, elements: [Scalar]) {
    precondition(
      rows >= 0 && columns >= 0 && elements.count == rows * columns,
      "Tensor: [\(rows), \(columns)] cannot hold \(elements.count) elements")
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// A small matrix written out by rows. Traps unless the rows are equally long.
  public init(_ rows: [[Scalar]]) {
    let columns = rows.first?.count ?? 0
    precondition(rows.allSatisfy { $0.count == columns }, "Tensor: rows of different lengths")
    self.init(rows: rows.count, columns: columns, elements: rows.flatMap(\.self))
  }

  /// The rows of all parts, under each other. Traps unless they are of one width.
  public init(stacking parts: [Tensor]) {
    self.init(
      rows: parts.reduce(0) { $0 + $1.rows }, columns: parts.map(\.columns).max() ?? 0,
      elements: parts.flatMap(\.elements))
  }

  /// No rows and no columns: the gradient of a tensor that is frozen, to which nothing is added.
  public static let none = Tensor(repeating: 0, rows: 0, columns: 0)

  /// Zeros in the shape of `other`.
  public static func zeros(like other: Tensor) -> Tensor {
    Tensor(repeating: 0, rows: other.rows, columns: other.columns)
  }

  public var isEmpty: Bool { elements.isEmpty }
  public var count: Int { elements.count }

  /// The shape as error messages print it.
  public var shape: String { "[\(rows), \(columns)]" }

  /// As many rows and columns.
  func isShaped(like other: Tensor) -> Bool {
    rows == other.rows && columns == other.columns
  }

  /// Element (i, j). Traps outside the matrix; in a column too far, the next row would answer.
  public subscript(i: Int, j: Int) -> Scalar {
    get { elements[index(i, j)] }
    set { elements[index(i, j)] = newValue }
  }

  private func index(_ i: Int, _ j: Int) -> Int {
    precondition(j >= 0 && j < columns, "Tensor: no column \(j) in \(shape)")
    return i * columns + j
  }

  /// Element `j` of a vector, a matrix of one row.
  public subscript(j: Int) -> Scalar {
    get { elements[j] }
    set { elements[j] = newValue }
  }

  /// Where row `i` stands in `elements`.
  public func row(_ i: Int) -> Range<Int> { i * columns..<(i + 1) * columns }
}

extension Tensor {
  /// The block where `rows` and `columns` meet; assigning copies a block of the same shape there.
  /// Traps unless the block lies inside the matrix.
  public subscript(rows rowRange: Range<Int>, columns columnRange: Range<Int>) -> Tensor {
    get {
      requireBlock(rowRange, columnRange)
      var block: [Scalar] = []
      block.reserveCapacity(rowRange.count * columnRange.count)
      for i in rowRange {
        let start = i * columns
        block += elements[start + columnRange.lowerBound..<start + columnRange.upperBound]
      }
      return Tensor(rows: rowRange.count, columns: columnRange.count, elements: block)
    }
    set {
      requireBlock(rowRange, columnRange)
      updateBlock(rowRange, columnRange, with: newValue) { _, new in new }
    }
  }

  /// Adds `block` where `rows` and `columns` meet. Traps as above.
  public mutating func add(_ block: Tensor, rows: Range<Int>, columns: Range<Int>) {
    requireBlock(rows, columns)
    updateBlock(rows, columns, with: block) { x, added in x + added }
  }

  private mutating func updateBlock(
    _ rowRange: Range<Int>, _ columnRange: Range<Int>, with block: Tensor,
    _ f: (Lanes, Lanes) -> Lanes
  ) {
    precondition(
      block.rows == rowRange.count && block.columns == columnRange.count,
      "Tensor: \(block.shape) does not fit \(rowRange) × \(columnRange)")
    for (i, row) in rowRange.enumerated() {
      let start = row * columns + columnRange.lowerBound
      update(in: start..<start + block.columns, with: block[row: i], f)
    }
  }

  private func requireBlock(_ rowRange: Range<Int>, _ columnRange: Range<Int>) {
    let isInside =
      rowRange == rowRange.clamped(to: 0..<rows)
      && columnRange == columnRange.clamped(to: 0..<columns)
    precondition(isInside, "Tensor: no block \(rowRange) × \(columnRange) in \(shape)")
  }

  /// The rows with these indices, in this order; an index may come twice.
  func gathered(rows indices: [Int]) -> Tensor {
    var gathered: [Scalar] = []
    gathered.reserveCapacity(indices.count * columns)
    for i in indices { gathered += elements[row(i)] }
    return Tensor(rows: indices.count, columns: columns, elements: gathered)
  }

  /// Adds row k of `source` to row `indices[k]`: the backward pass of `gathered(rows:)`.
  mutating func scatterAdd(_ source: Tensor, rows indices: [Int]) {
    precondition(
      source.rows == indices.count && source.columns == columns,
      "Tensor: cannot scatter \(source.shape) over \(indices.count) rows of \(shape)")
    for (k, i) in indices.enumerated() {
      update(in: row(i), with: source[row: k]) { x, added in x + added }
    }
  }

  /// Puts the rows of `other` under these, in place: what stands here is not copied each time.
  public mutating func append(_ other: Tensor) {
    precondition(columns == other.columns, "Tensor: \(shape) and \(other.shape) differ in width")
    elements += other.elements
    rows += other.rows
  }
}

// MARK: Arithmetic, element by element

extension Tensor {
  static func + (a: Tensor, b: Tensor) -> Tensor {
    a.requireShape(of: b)
    return a.map(with: b) { a, b in a + b }
  }

  static func - (a: Tensor, b: Tensor) -> Tensor {
    a.requireShape(of: b)
    return a.map(with: b) { a, b in a - b }
  }

  static func * (factor: Scalar, a: Tensor) -> Tensor { a.map { x in factor * x } }

  static func += (a: inout Tensor, b: Tensor) { a.add(b, scaledBy: 1) }

  /// self ← self + factor · other. Traps unless the shapes agree.
  public mutating func add(_ other: Tensor, scaledBy factor: Scalar) {
    requireShape(of: other)
    update(with: other) { x, y in x + factor * y }
  }

  private func requireShape(of other: Tensor) {
    precondition(isShaped(like: other), "Tensor: \(shape) meets \(other.shape)")
  }

  /// self ← self ⊙ other. Traps unless the shapes agree.
  mutating func multiply(by other: Tensor) {
    requireShape(of: other)
    update(with: other) { x, y in x * y }
  }

  /// Adds the vector to every row. Traps unless it is as long as a row.
  mutating func addToEachRow(_ vector: Tensor) {
    precondition(vector.count == columns, "Tensor: \(vector.shape) is not a row of \(shape)")
    for i in 0..<rows { for j in 0..<columns { elements[i * columns + j] += vector.elements[j] } }
  }

  /// The sum of each column, as a vector: the backward pass of `addToEachRow`.
  var columnSums: Tensor {
    var sums = Tensor(repeating: 0, columns: columns)
    for i in 0..<rows { for j in 0..<columns { sums.elements[j] += elements[i * columns + j] } }
    return sums
  }

  /// Σ aᵢⱼ · bᵢⱼ, summed in Double whatever `Scalar` is.
  func dot(_ other: Tensor) -> Double {
    precondition(count == other.count, "Tensor: \(shape) · \(other.shape)")
    var sum = 0.0
    for k in elements.indices { sum += Double(elements[k]) * Double(other.elements[k]) }
    return sum
  }

  /// max |aᵢⱼ|; zero for an empty tensor, NaN if an element is.
  var largestMagnitude: Scalar {
    elements.reduce(0) { $0 >= abs($1) || $0.isNaN ? $0 : abs($1) }
  }
}

// Loops over elements, a vector at a time: what stands between the matrix products.
//
// A processor adds sixteen floats as fast as one, if it is told to. The compiler does so by itself
// only in loops in which nothing can trap, and never in a sum, whose order it must not change. Here
// the order is fixed: lane k of a sum takes elements k, k + 16, k + 32, … (of Doubles, k, k + 8, …),
// and then the lanes are added up. It depends on the length alone, and so do the bits.
//
// This file is unsafe like the tile: ranges are checked once, before a loop and not within it.

/// Neighbouring elements of a tensor, such as those of one row, to be read. Traps unless they are inside.
struct Row {
  fileprivate let elements: [Scalar]
  fileprivate let start: Int
  let count: Int

  fileprivate init(_ elements: [Scalar], _ range: Range<Int>) {
    elements.requireInside(range)
    (self.elements, start, count) = (elements, range.lowerBound, range.count)
  }
}

extension Tensor {
  subscript(in range: Range<Int>) -> Row { Row(elements, range) }

  subscript(row i: Int) -> Row { self[in: row(i)] }

  /// All elements.
  var all: Row { self[in: 0..<count] }
}

// MARK: What a row comes to

extension Row {
  /// Σ f(x).
  @inline(__always)
  func sum(_ f: (Lanes) -> Lanes = { $0 }) -> Scalar { sum(with: self) { x, _ in f(x) } }

  /// Σ f(x, a).
  @inline(__always)
  func sum(with a: Row, _ f: (Lanes, Lanes) -> Lanes) -> Scalar {
    sum(with: a, a) { x, a, _ in f(x, a) }
  }

  /// Σ f(x, a, b). Traps unless the rows are equally long.
  @inline(__always)
  func sum(with a: Row, _ b: Row, _ f: (Lanes, Lanes, Lanes) -> Lanes) -> Scalar {
    var sums = Lanes.zero
    unsafe elements.withUnsafeBufferPointer { x in
      forVectors(of: count, a, b) { k, n, a, b in
        let terms = unsafe f(Lanes(x, start &+ k, n), a, b)
        sums += terms.first(n, else: .zero)
      }
    }
    return sums.total
  }

  /// The largest element; −∞ when there is none.
  @inline(__always)
  var largest: Scalar {
    var largest = -Lanes(repeating: .infinity)
    unsafe elements.withUnsafeBufferPointer { x in
      for (k, n) in vectors(of: count) {
        let x = unsafe Lanes(x, start &+ k, n).first(n, else: -Lanes(repeating: .infinity))
        largest.replace(with: x, where: x .> largest)
      }
    }
    return largest.largest
  }
}

// MARK: Changes in place

extension Tensor {
  /// x ← f(x), for the elements of `range`.
  @inline(__always)
  mutating func update(in range: Range<Int>, _ f: (Lanes) -> Lanes) {
    _ = updateSum(in: range, f)
  }

  /// x ← f(x), for the elements of `range`, and their sum.
  @inline(__always)
  mutating func updateSum(in range: Range<Int>, _ f: (Lanes) -> Lanes) -> Scalar {
    elements.requireInside(range)
    var sums = Lanes.zero
    unsafe elements.withUnsafeMutableBufferPointer { x in
      for (k, n) in vectors(of: range.count) {
        let i = range.lowerBound &+ k
        let y = unsafe f(Lanes(x, i, n))
        unsafe y.store(x, i, n)
        sums += y.first(n, else: .zero)
      }
    }
    return sums.total
  }

  /// x ← f(x, a), for the elements of `range`.
  @inline(__always)
  mutating func update(in range: Range<Int>, with a: Row, _ f: (Lanes, Lanes) -> Lanes) {
    update(in: range, with: a, a) { x, a, _ in f(x, a) }
  }

  /// x ← f(x, a, b), for the elements of `range`. Traps unless the rows are as long.
  @inline(__always)
  mutating func update(
    in range: Range<Int>, with a: Row, _ b: Row, _ f: (Lanes, Lanes, Lanes) -> Lanes
  ) {
    elements.requireInside(range)
    unsafe elements.withUnsafeMutableBufferPointer { x in
      forVectors(of: range.count, a, b) { k, n, a, b in
        let i = range.lowerBound &+ k
        unsafe f(Lanes(x, i, n), a, b).store(x, i, n)
      }
    }
  }

  /// (x, y) ← f(x, y, a, b), for the elements of two ranges that do not meet. One by one, and the
  /// compiler makes vectors of them: there may be fewer than ours have lanes.
  @inline(__always)
  mutating func updatePairs(
    in xs: Range<Int>, _ ys: Range<Int>, with a: Row, _ b: Row,
    _ f: (Scalar, Scalar, Scalar, Scalar) -> (Scalar, Scalar)
  ) {
    elements.requireInside(xs)
    elements.requireInside(ys)
    precondition(
      a.count == xs.count && b.count == xs.count && ys.count == xs.count, "vectors: other counts")
    unsafe elements.withUnsafeMutableBufferPointer { x in
      unsafe a.elements.withUnsafeBufferPointer { y in
        unsafe b.elements.withUnsafeBufferPointer { z in
          for k in 0..<xs.count {
            let (i, j) = (xs.lowerBound &+ k, ys.lowerBound &+ k)
            unsafe (x[i], x[j]) = f(x[i], x[j], y[a.start &+ k], z[b.start &+ k])
          }
        }
      }
    }
  }
}

// MARK: Whole tensors of one size

extension Tensor {
  /// x ← f(x), for every element.
  @inline(__always)
  mutating func update(_ f: (Lanes) -> Lanes) { update(in: 0..<count, f) }

  /// x ← f(x, a), for every element.
  @inline(__always)
  mutating func update(with a: Tensor, _ f: (Lanes, Lanes) -> Lanes) {
    update(in: 0..<count, with: a.all, f)
  }

  /// x ← f(x, a, b), for every element.
  @inline(__always)
  mutating func update(with a: Tensor, _ b: Tensor, _ f: (Lanes, Lanes, Lanes) -> Lanes) {
    update(in: 0..<count, with: a.all, b.all, f)
  }

  /// f(x), for every element, as a new tensor.
  @inline(__always)
  func map(_ f: (Lanes) -> Lanes) -> Tensor { map(with: self, self) { x, _, _ in f(x) } }

  /// f(x, a), for every element, as a new tensor.
  @inline(__always)
  func map(with a: Tensor, _ f: (Lanes, Lanes) -> Lanes) -> Tensor {
    map(with: a, a) { x, a, _ in f(x, a) }
  }

  /// f(x, a, b), for every element, as a new tensor.
  @inline(__always)
  func map(with a: Tensor, _ b: Tensor, _ f: (Lanes, Lanes, Lanes) -> Lanes) -> Tensor {
    requireWhole()
    var result = Tensor(uninitializedRows: rows, columns: columns)
    unsafe result.elements.withUnsafeMutableBufferPointer { y in
      unsafe elements.withUnsafeBufferPointer { x in
        forVectors(of: count, a.all, b.all) { k, n, a, b in
          unsafe f(Lanes(x, k, n), a, b).store(y, k, n)
        }
      }
    }
    return result
  }
}

extension Tensor {
  /// Room for a matrix, every element of which is about to be written.
  ///
  /// All empty arrays are one, and to make room for nothing would write its count, a zero over a zero,
  /// while another thread reads it: a data race all the same.
  init(uninitializedRows rows: Int, columns: Int) {
    let size = rows * columns
    self.init(
      rows: rows, columns: columns,
      elements: size == 0
        ? [] : unsafe Array(unsafeUninitializedCapacity: size) { _, count in count = size })
  }
}

/// Where each vector of `count` elements begins, and how many are left there.
@inline(__always)
private func vectors(of count: Int) -> some Sequence<(Int, Int)> {
  stride(from: 0, to: count, by: Lanes.scalarCount).lazy.map { k in (k, count &- k) }
}

/// Goes over two rows of `count` elements at once: where each vector begins, how many elements are left
/// there, and those of either row.
@inline(__always)
private func forVectors(
  of count: Int, _ a: Row, _ b: Row, _ body: (Int, Int, Lanes, Lanes) -> Void
) {
  precondition(
    a.count == count && b.count == count, "vectors: \(a.count) and \(b.count) of \(count)")
  unsafe a.elements.withUnsafeBufferPointer { x in
    unsafe b.elements.withUnsafeBufferPointer { y in
      for (k, n) in vectors(of: count) {
        unsafe body(k, n, Lanes(x, a.start &+ k, n), Lanes(y, b.start &+ k, n))
      }
    }
  }
}

extension [Scalar] {
  fileprivate func requireInside(_ range: Range<Int>) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count, "vectors: \(range) of \(count) elements")
  }
}

extension Lanes {
  /// The `n` elements from `k` on, or as many as there are lanes. What the lanes behind them hold is
  /// not said: where the array goes on, its next elements, which costs less than to leave them out.
  @inline(__always)
  fileprivate init(_ x: UnsafeBufferPointer<Scalar>, _ k: Int, _ n: Int) {
    if n >= Lanes.scalarCount || k &+ Lanes.scalarCount <= x.count {
      self = unsafe UnsafeRawPointer(x.baseAddress.unsafelyUnwrapped + k).loadUnaligned(
        as: Lanes.self)
    } else {
      self = .zero
      for lane in 0..<n { self[lane] = unsafe x[k &+ lane] }
    }
  }

  @inline(__always)
  fileprivate init(_ x: UnsafeMutableBufferPointer<Scalar>, _ k: Int, _ n: Int) {
    unsafe self.init(UnsafeBufferPointer(x), k, n)
  }

  /// Writes the first `n` lanes; the elements behind them stay as they are.
  @inline(__always)
  fileprivate func store(_ x: UnsafeMutableBufferPointer<Scalar>, _ k: Int, _ n: Int) {
    if n >= Lanes.scalarCount || k &+ Lanes.scalarCount <= x.count {
      let address = unsafe UnsafeMutableRawPointer(x.baseAddress.unsafelyUnwrapped + k)
      let old = unsafe address.loadUnaligned(as: Lanes.self)
      unsafe address.storeBytes(of: first(n, else: old), as: Lanes.self)
    } else {
      for lane in 0..<n { unsafe x[k &+ lane] = self[lane] }
    }
  }

  /// `padding` behind the first `n` lanes.
  @inline(__always)
  fileprivate func first(_ n: Int, else padding: Lanes) -> Lanes {
    n >= Lanes.scalarCount ? self : replacing(with: padding, where: Lanes.indices .>= Scalar(n))
  }

  /// The sum of the lanes, by halves: ((0 + 8) + (4 + 12)) + …
  @inline(__always)
  fileprivate var total: Scalar {
    #if DEBUG
      let eight = self
    #else
      let eight = lowHalf + highHalf
    #endif
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
  }

  /// The largest of the lanes, by halves.
  @inline(__always)
  fileprivate var largest: Scalar {
    #if DEBUG
      let eight = self
    #else
      let eight = lowHalf.replacing(with: highHalf, where: highHalf .> lowHalf)
    #endif
    let four = eight.lowHalf.replacing(with: eight.highHalf, where: eight.highHalf .> eight.lowHalf)
    let two = four.lowHalf.replacing(with: four.highHalf, where: four.highHalf .> four.lowHalf)
    return Swift.max(two[0], two[1])
  }

  fileprivate static var indices: Lanes {
    var indices = Lanes.zero
    for lane in indices.indices { indices[lane] = Scalar(lane) }
    return indices
  }
}

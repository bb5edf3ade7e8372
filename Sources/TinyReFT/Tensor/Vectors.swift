import Foundation

// Loops over elements, a vector at a time: what stands between the matrix products.
//
// A processor adds sixteen floats as fast as one, if it is told to. The compiler does so by itself
// only in loops in which nothing can trap, and never in a sum, whose order it must not change. Here
// the order is fixed: lane k of a sum takes elements k, k + 16, k + 32, …, and then the lanes are
// added up. It depends on the length alone, and so do the bits.
//
// This file is unsafe like the tile: ranges are checked once, before a loop and not within it.
//
//     shapes     `at` is the index in `elements` at which an operand begins
//     read       docs/12-vectors.md
//     check      Tests/TinyReFTTests/Tensor/VectorsTests.swift

extension Tensor {
  /// x ← f(x), for the elements of `range`.
  mutating func update(in range: Range<Int>, _ f: (Lanes) -> Lanes) {
    elements.requireInside(range)
    unsafe elements.withUnsafeMutableBufferPointer { x in
      for k in stride(from: range.lowerBound, to: range.upperBound, by: Lanes.scalarCount) {
        let n = range.upperBound - k
        unsafe f(Lanes(x, k, n)).store(x, k, n)
      }
    }
  }

  /// x ← f(x, a), for the elements of `range` and as many of `a`.
  mutating func update(
    in range: Range<Int>, with a: Tensor, at aStart: Int, _ f: (Lanes, Lanes) -> Lanes
  ) {
    elements.requireInside(range)
    a.elements.requireInside(aStart..<aStart + range.count)
    unsafe elements.withUnsafeMutableBufferPointer { x in
      unsafe a.elements.withUnsafeBufferPointer { a in
        for k in stride(from: range.lowerBound, to: range.upperBound, by: Lanes.scalarCount) {
          let (n, i) = (range.upperBound - k, k - range.lowerBound + aStart)
          unsafe f(Lanes(x, k, n), Lanes(a, i, n)).store(x, k, n)
        }
      }
    }
  }

  /// x ← f(x, a, b), for the elements of `range` and as many of `a` and `b`.
  mutating func update(
    in range: Range<Int>, with a: Tensor, at aStart: Int, and b: Tensor, at bStart: Int,
    _ f: (Lanes, Lanes, Lanes) -> Lanes
  ) {
    elements.requireInside(range)
    a.elements.requireInside(aStart..<aStart + range.count)
    b.elements.requireInside(bStart..<bStart + range.count)
    unsafe elements.withUnsafeMutableBufferPointer { x in
      unsafe a.elements.withUnsafeBufferPointer { a in
        unsafe b.elements.withUnsafeBufferPointer { b in
          for k in stride(from: range.lowerBound, to: range.upperBound, by: Lanes.scalarCount) {
            let (n, i) = (range.upperBound - k, k - range.lowerBound)
            unsafe f(Lanes(x, k, n), Lanes(a, aStart + i, n), Lanes(b, bStart + i, n))
              .store(x, k, n)
          }
        }
      }
    }
  }

  /// Σ f(x), over the elements of `range`.
  func sum(in range: Range<Int>, _ f: (Lanes) -> Lanes = { $0 }) -> Scalar {
    elements.requireInside(range)
    var sums = Lanes.zero
    unsafe elements.withUnsafeBufferPointer { x in
      for k in stride(from: range.lowerBound, to: range.upperBound, by: Lanes.scalarCount) {
        let n = range.upperBound - k
        sums += unsafe f(Lanes(x, k, n)).first(n)
      }
    }
    return sums.sum()
  }

  /// Σ f(x, a, b), over the elements of `range` and as many of `a` and `b`.
  func sum(
    in range: Range<Int>, with a: Tensor, at aStart: Int, and b: Tensor, at bStart: Int,
    _ f: (Lanes, Lanes, Lanes) -> Lanes
  ) -> Scalar {
    elements.requireInside(range)
    a.elements.requireInside(aStart..<aStart + range.count)
    b.elements.requireInside(bStart..<bStart + range.count)
    var sums = Lanes.zero
    unsafe elements.withUnsafeBufferPointer { x in
      unsafe a.elements.withUnsafeBufferPointer { a in
        unsafe b.elements.withUnsafeBufferPointer { b in
          for k in stride(from: range.lowerBound, to: range.upperBound, by: Lanes.scalarCount) {
            let (n, i) = (range.upperBound - k, k - range.lowerBound)
            sums +=
              unsafe f(Lanes(x, k, n), Lanes(a, aStart + i, n), Lanes(b, bStart + i, n)).first(n)
          }
        }
      }
    }
    return sums.sum()
  }

  /// The largest element of `range`; −∞ when there is none.
  func largest(in range: Range<Int>) -> Scalar {
    elements.requireInside(range)
    var largest = -Lanes(repeating: .infinity)
    unsafe elements.withUnsafeBufferPointer { x in
      for k in stride(from: range.lowerBound, to: range.upperBound, by: Lanes.scalarCount) {
        let n = range.upperBound - k
        let x = unsafe Lanes(x, k, n, padding: -.infinity)
        largest.replace(with: x, where: x .> largest)
      }
    }
    return largest.max()
  }
}

// MARK: Whole tensors of one shape

extension Tensor {
  /// x ← f(x), for every element.
  mutating func update(_ f: (Lanes) -> Lanes) { update(in: 0..<count, f) }

  /// x ← f(x, a), for every element.
  mutating func update(with a: Tensor, _ f: (Lanes, Lanes) -> Lanes) {
    update(in: 0..<count, with: a, at: 0, f)
  }

  /// x ← f(x, a, b), for every element.
  mutating func update(with a: Tensor, _ b: Tensor, _ f: (Lanes, Lanes, Lanes) -> Lanes) {
    update(in: 0..<count, with: a, at: 0, and: b, at: 0, f)
  }

  /// Σ f(x, a), over the elements of `range` and as many of `a`.
  func sum(
    in range: Range<Int>, with a: Tensor, at aStart: Int, _ f: (Lanes, Lanes) -> Lanes
  ) -> Scalar {
    sum(in: range, with: a, at: aStart, and: a, at: aStart) { x, a, _ in f(x, a) }
  }
}

extension [Scalar] {
  fileprivate func requireInside(_ range: Range<Int>) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count, "vectors: \(range) of \(count) elements")
  }
}

extension Lanes {
  /// The elements from `k` on, `n` of them or as many as there are lanes.
  @inline(__always)
  fileprivate init(
    _ x: UnsafeBufferPointer<Scalar>, _ k: Int, _ n: Int, padding: Scalar = 0
  ) {
    if n >= Lanes.scalarCount {
      self = unsafe UnsafeRawPointer(x.baseAddress.unsafelyUnwrapped + k).loadUnaligned(
        as: Lanes.self)
    } else {
      self.init(repeating: padding)
      for lane in 0..<n { self[lane] = unsafe x[k &+ lane] }
    }
  }

  @inline(__always)
  fileprivate init(_ x: UnsafeMutableBufferPointer<Scalar>, _ k: Int, _ n: Int) {
    unsafe self.init(UnsafeBufferPointer(x), k, n)
  }

  @inline(__always)
  fileprivate func store(_ x: UnsafeMutableBufferPointer<Scalar>, _ k: Int, _ n: Int) {
    if n >= Lanes.scalarCount {
      unsafe UnsafeMutableRawPointer(x.baseAddress.unsafelyUnwrapped + k).storeBytes(
        of: self, as: Lanes.self)
    } else {
      for lane in 0..<n { unsafe x[k &+ lane] = self[lane] }
    }
  }

  /// Zeros behind the first `n` lanes.
  @inline(__always)
  fileprivate func first(_ n: Int) -> Lanes {
    n >= Lanes.scalarCount ? self : replacing(with: 0, where: Lanes.indices .>= Scalar(n))
  }

  /// 0, 1, 2, …
  fileprivate static let indices: Lanes = {
    var indices = Lanes()
    for lane in 0..<scalarCount { indices[lane] = Scalar(lane) }
    return indices
  }()
}

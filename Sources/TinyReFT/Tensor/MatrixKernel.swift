/// The inner loop of the matrix product: one tile of C, held in registers while k runs.
///
/// Every step p of k loads one row of the panel (two vectors) and eight numbers of A, and does
/// sixteen multiply-adds with them. The loads are then far fewer than the arithmetic, which is what
/// lets the arithmetic run at full rate. The tile is 8 rows × 2 vectors because 16 sums, 2 vectors
/// of the panel and 1 number of A fit the 32 registers of AVX-512. Where vectors are shorter than
/// `Lanes`, the compiler splits each into several, and some sums live in memory.
///
/// Where C has few columns, most of such a tile would be computed in vain. A narrow one, 8 columns
/// wide, then makes the same sums in the same order, and so the same bits.
///
/// This file is where unsafe code is: the caller has checked the shapes, so no element is checked.
///
///     read       docs/11-matrix-product.md
///     check      Tests/TinyReFTTests/Tensor/MatrixProductTests.swift
enum Tile {
  static let rows = 8

  /// How wide a tile is, and the panel it reads, where C has so many columns.
  static func width(columns: Int) -> Int { columns <= Narrow.width ? Narrow.width : Wide.width }

  /// C[firstRow…, firstColumn…] += A[firstRow…, :] · panel.
  ///
  /// At the lower edge of A the rows that do not exist are read from the last one that does, and
  /// at both edges only what exists in C is stored.
  static func multiply(
    _ a: MatrixView, firstRow: Int, _ panel: [Scalar], firstColumn: Int, addingTo c: inout Tensor
  ) {
    if c.columns <= Narrow.width {
      multiply(Narrow.self, a, firstRow, panel, firstColumn, addingTo: &c)
    } else {
      multiply(Wide.self, a, firstRow, panel, firstColumn, addingTo: &c)
    }
  }

  private static func multiply<Row: TileRow>(
    _ row: Row.Type, _ a: MatrixView, _ firstRow: Int, _ panel: [Scalar], _ firstColumn: Int,
    addingTo c: inout Tensor
  ) {
    let height = min(rows, a.rows - firstRow)
    let width = min(Row.width, c.columns - firstColumn)
    let (cColumns, cStart) = (c.columns, firstRow * c.columns + firstColumn)
    unsafe a.elements.withUnsafeBufferPointer { aBuffer in
      unsafe panel.withUnsafeBufferPointer { panelBuffer in
        unsafe c.elements.withUnsafeMutableBufferPointer { cBuffer in
          guard let aStart = aBuffer.baseAddress, let panelStart = panelBuffer.baseAddress,
            let cFirst = cBuffer.baseAddress
          else { return }
          unsafe multiply(
            row, aStart + a.start + firstRow * a.step.row, step: a.step, height: height,
            depth: a.columns, UnsafeRawPointer(panelStart), into: cFirst + cStart,
            rowStep: cColumns, width: width)
        }
      }
    }
  }

  @inline(__always)
  private static func multiply<Row: TileRow>(
    _ row: Row.Type, _ a: UnsafePointer<Scalar>, step: (row: Int, column: Int), height: Int,
    depth: Int,
    _ panel: UnsafeRawPointer, into c: UnsafeMutablePointer<Scalar>, rowStep: Int, width: Int
  ) {
    let last = height - 1
    let a0 = unsafe a
    let a1 = unsafe a + min(1, last) * step.row
    let a2 = unsafe a + min(2, last) * step.row
    let a3 = unsafe a + min(3, last) * step.row
    let a4 = unsafe a + min(4, last) * step.row
    let a5 = unsafe a + min(5, last) * step.row
    let a6 = unsafe a + min(6, last) * step.row
    let a7 = unsafe a + min(7, last) * step.row
    var (c0, c1, c2, c3) = (Row(), Row(), Row(), Row())
    var (c4, c5, c6, c7) = (Row(), Row(), Row(), Row())
    var (address, p) = unsafe (panel, 0)
    for _ in 0..<depth {
      let b = unsafe Row(at: address)
      unsafe c0.add(a0[p], times: b)
      unsafe c1.add(a1[p], times: b)
      unsafe c2.add(a2[p], times: b)
      unsafe c3.add(a3[p], times: b)
      unsafe c4.add(a4[p], times: b)
      unsafe c5.add(a5[p], times: b)
      unsafe c6.add(a6[p], times: b)
      unsafe c7.add(a7[p], times: b)
      unsafe address += MemoryLayout<Row>.size
      p &+= step.column
    }
    unsafe c0.store(addingTo: c, width: width)
    if height > 1 { unsafe c1.store(addingTo: c + rowStep, width: width) }
    if height > 2 { unsafe c2.store(addingTo: c + 2 * rowStep, width: width) }
    if height > 3 { unsafe c3.store(addingTo: c + 3 * rowStep, width: width) }
    if height > 4 { unsafe c4.store(addingTo: c + 4 * rowStep, width: width) }
    if height > 5 { unsafe c5.store(addingTo: c + 5 * rowStep, width: width) }
    if height > 6 { unsafe c6.store(addingTo: c + 6 * rowStep, width: width) }
    if height > 7 { unsafe c7.store(addingTo: c + 7 * rowStep, width: width) }
  }
}

/// One row of a tile: sums side by side.
private protocol TileRow {
  static var width: Int { get }
  init()
  /// What stands at `address`, one number of the panel for each sum.
  init(at address: UnsafeRawPointer)
  /// self ← self + factor · other.
  mutating func add(_ factor: Scalar, times other: Self)
  /// Adds the first `width` sums to what stands at `address`.
  func store(addingTo address: UnsafeMutablePointer<Scalar>, width: Int)
}

extension TileRow {
  /// sum ← sum + a · b. Without FMA in the target, `addProduct` would be a library call for each
  /// number.
  @inline(__always)
  fileprivate static func add<V: SIMD>(_ a: V, _ b: V, to sum: inout V) where V.Scalar == Scalar {
    #if NATIVE_VECTORS || arch(arm64)
      sum.addProduct(a, b)
    #else
      sum += a * b
    #endif
  }
}

/// Two vectors side by side.
private struct Wide: TileRow {
  static let width = 2 * Lanes.scalarCount
  var left = Lanes.zero
  var right = Lanes.zero

  @inline(__always)
  init() {}

  @inline(__always)
  init(at address: UnsafeRawPointer) {
    left = unsafe address.loadUnaligned(as: Lanes.self)
    right = unsafe address.loadUnaligned(fromByteOffset: MemoryLayout<Lanes>.size, as: Lanes.self)
  }

  @inline(__always)
  mutating func add(_ factor: Scalar, times other: Wide) {
    Self.add(Lanes(repeating: factor), other.left, to: &left)
    Self.add(Lanes(repeating: factor), other.right, to: &right)
  }

  @inline(__always)
  func store(addingTo address: UnsafeMutablePointer<Scalar>, width: Int) {
    if width == Self.width {
      let raw = UnsafeMutableRawPointer(address)
      let old = unsafe Wide(at: UnsafeRawPointer(raw))
      unsafe raw.storeBytes(of: old.left + left, as: Lanes.self)
      unsafe raw.storeBytes(
        of: old.right + right, toByteOffset: MemoryLayout<Lanes>.size, as: Lanes.self)
    } else {
      let lanes = Lanes.scalarCount
      for j in 0..<min(width, lanes) { unsafe address[j] += left[j] }
      for j in lanes..<max(width, lanes) { unsafe address[j] += right[j - lanes] }
    }
  }
}

/// Eight numbers.
private struct Narrow: TileRow {
  static let width = 8
  var sums = SIMD8<Scalar>.zero

  @inline(__always)
  init() {}

  @inline(__always)
  init(at address: UnsafeRawPointer) { sums = unsafe address.loadUnaligned(as: SIMD8<Scalar>.self) }

  @inline(__always)
  mutating func add(_ factor: Scalar, times other: Narrow) {
    Self.add(SIMD8(repeating: factor), other.sums, to: &sums)
  }

  @inline(__always)
  func store(addingTo address: UnsafeMutablePointer<Scalar>, width: Int) {
    for j in 0..<width { unsafe address[j] += sums[j] }
  }
}

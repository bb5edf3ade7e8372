/// The inner loop of the matrix product: one tile of C, held in registers while k runs.
///
/// Every step p of k loads one row of the panel (three vectors) and eight numbers of A, and does
/// 24 multiply-adds of vectors with them. The loads are then far fewer than the arithmetic, which lets
/// the arithmetic run at full rate. What fits depends on the registers: 24 sums, 3 vectors of the
/// panel and 1 number of A fill 28 of 32; a processor with 16 takes tiles of half the height.
///
/// Unsafe, as the vectors and the panels are: the caller has checked the shapes, and nobody does here.
enum Tile {
  // The one place where the tile is fitted to the processor.
  #if DEBUG && WIDE_VECTORS && arch(x86_64)
    typealias Vector = SIMD8<Double>
  #elseif DEBUG
    typealias Vector = SIMD2<Double>
  #elseif WIDE_VECTORS && arch(x86_64)
    typealias Vector = SIMD16<Float>  // AVX-512
  #elseif NATIVE_VECTORS && arch(x86_64)
    typealias Vector = SIMD8<Float>  // AVX2
  #else
    typealias Vector = SIMD4<Float>  // NEON, and any x86-64
  #endif
  private typealias Pair<Row: TileRow> = Above<One<Row>, One<Row>>
  private typealias Four<Row: TileRow> = Above<Pair<Row>, Pair<Row>>
  #if WIDE_VECTORS || arch(arm64)
    private typealias Stack<Row: TileRow> = Above<Four<Row>, Four<Row>>
  #else
    private typealias Stack<Row: TileRow> = Four<Row>
  #endif

  /// For eight columns or fewer, as a generated token has: where vectors hold 16, half of one is
  /// multiplied twice as fast.
  #if WIDE_VECTORS && arch(x86_64) && !DEBUG
    typealias Narrow = SIMD8<Float>
  #else
    typealias Narrow = Vector
  #endif
  private typealias Two = Beside<Vector, Vector>
  private typealias Three = Beside<Two, Vector>

  static let rows = unsafe Stack<Vector>.height
  static let columns = Three.width

  /// How wide a panel is that holds so many columns: one, two or three vectors, or half of one.
  static func width(columns: Int) -> Int {
    columns <= Narrow.width
      ? Narrow.width
      : columns <= Vector.width ? Vector.width : columns <= Two.width ? Two.width : Three.width
  }

  /// C = A · B or C += A · B, for one panel and its steps of k. Returns how many operations it took.
  static func multiply(
    _ a: MatrixView, _ b: Panels, steps: Range<Int>, columns: Range<Int>, of c: inout Tensor,
    isAdded: Bool, _ causal: Causal?
  ) -> Int {
    switch width(columns: columns.count) {
    case Narrow.width: multiply(Narrow.self, a, b, steps, columns, &c, isAdded, causal)
    case Vector.width: multiply(Vector.self, a, b, steps, columns, &c, isAdded, causal)
    case Two.width: multiply(Two.self, a, b, steps, columns, &c, isAdded, causal)
    default: multiply(Three.self, a, b, steps, columns, &c, isAdded, causal)
    }
  }

  private static func multiply<Row: TileRow>(
    _ row: Row.Type, _ a: MatrixView, _ b: Panels, _ all: Range<Int>, _ columns: Range<Int>,
    _ c: inout Tensor, _ isAdded: Bool, _ causal: Causal?
  ) -> Int {
    let (rowStep, bStep) = (c.columns, MemoryLayout<Scalar>.stride * b.step.row)
    var operations = 0
    unsafe a.elements.withUnsafeBufferPointer { aBuffer in
      unsafe b.elements.withUnsafeBufferPointer { bBuffer in
        unsafe c.elements.withUnsafeMutableBufferPointer { cBuffer in
          guard let aStart = aBuffer.baseAddress, let bStart = bBuffer.baseAddress,
            let cStart = cBuffer.baseAddress
          else { return }
          for i in stride(from: 0, to: a.rows, by: rows) {
            let count = min(rows, a.rows - i)
            // A long sum is cut at the same places whatever the panel holds.
            for first in stride(from: all.lowerBound, to: all.upperBound, by: Panels.depth) {
              var steps = first..<min(first + Panels.depth, all.upperBound)
              if let causal {
                guard
                  let needed = causal.steps(
                    steps, rows: i..<i + count, firstColumn: columns.lowerBound)
                else { continue }
                steps = needed
              }
              var tile = unsafe Stack<Row>(aStart + a.start + i * a.step.row, a.step.row, count)
              var address = unsafe UnsafeRawPointer(
                bStart + (b.start + columns.lowerBound * b.step.column))
              if !steps.isEmpty {
                unsafe address += (steps.lowerBound - all.lowerBound) * bStep
              }
              var p = steps.lowerBound * a.step.column
              for _ in 0..<steps.count {
                unsafe tile.add(p, times: Row(at: address))
                unsafe address += bStep
                p &+= a.step.column
              }
              unsafe tile.store(
                cStart + i * rowStep + columns.lowerBound, rowStep, count, columns.count,
                isAdded || first > 0)
              operations &+= 2 &* count &* columns.count &* steps.count
            }
          }
        }
      }
    }
    return operations
  }
}

/// The sums of a tile, and where the rows of A begin that they are made of.
///
/// At the lower edge of A the rows that do not exist are read from the last one that does, and at
/// both edges only what exists in C is stored.
private protocol TileRows {
  associatedtype Row: TileRow
  static var height: Int { get }
  init(_ a: UnsafePointer<Scalar>, _ step: Int, _ count: Int)
  /// sums ← sums + A[:, p] · row.
  mutating func add(_ p: Int, times row: Row)
  func store(
    _ c: UnsafeMutablePointer<Scalar>, _ step: Int, _ count: Int, _ width: Int, _ isAdded: Bool)
}

@unsafe private struct One<Row: TileRow>: TileRows {
  static var height: Int { 1 }

  private let a: UnsafePointer<Scalar>
  private var sums = Row()

  @inline(__always)
  init(_ a: UnsafePointer<Scalar>, _ step: Int, _ count: Int) { unsafe self.a = a }

  @inline(__always)
  mutating func add(_ p: Int, times row: Row) { unsafe sums.add(a[p], times: row) }

  @inline(__always)
  func store(
    _ c: UnsafeMutablePointer<Scalar>, _ step: Int, _ count: Int, _ width: Int, _ isAdded: Bool
  ) {
    if count > 0 { unsafe sums.store(c, width, isAdded) }
  }
}

@unsafe private struct Above<Upper: TileRows, Lower: TileRows>: TileRows
where Upper.Row == Lower.Row {
  static var height: Int { Upper.height + Lower.height }

  private var upper: Upper
  private var lower: Lower

  @inline(__always)
  init(_ a: UnsafePointer<Scalar>, _ step: Int, _ count: Int) {
    let height = Upper.height
    unsafe upper = Upper(a, step, count)
    unsafe lower = Lower(a + min(height, max(0, count - 1)) * step, step, count - height)
  }

  @inline(__always)
  mutating func add(_ p: Int, times row: Upper.Row) {
    unsafe upper.add(p, times: row)
    unsafe lower.add(p, times: row)
  }

  @inline(__always)
  func store(
    _ c: UnsafeMutablePointer<Scalar>, _ step: Int, _ count: Int, _ width: Int, _ isAdded: Bool
  ) {
    let height = Upper.height
    unsafe upper.store(c, step, count, width, isAdded)
    unsafe lower.store(c + height * step, step, count - height, width, isAdded)
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
  /// Puts the first `width` sums at `address`, or adds them to what stands there.
  func store(_ address: UnsafeMutablePointer<Scalar>, _ width: Int, _ isAdded: Bool)
}

extension Tile.Vector: TileRow {}
#if WIDE_VECTORS && arch(x86_64) && !DEBUG
  extension SIMD8<Float>: TileRow {}
#endif

extension SIMD where Scalar == TinyReFT.Scalar {
  fileprivate static var width: Int { scalarCount }

  @inline(__always)
  fileprivate init(at address: UnsafeRawPointer) {
    self = unsafe address.loadUnaligned(as: Self.self)
  }

  @inline(__always)
  fileprivate mutating func add(_ factor: Scalar, times other: Self) {
    self = fused(Self(repeating: factor), other, self)
  }

  @inline(__always)
  fileprivate func store(
    _ address: UnsafeMutablePointer<Scalar>, _ width: Int, _ isAdded: Bool
  ) {
    if width >= Self.width {
      let raw = UnsafeMutableRawPointer(address)
      let sum = unsafe isAdded ? Self(at: UnsafeRawPointer(raw)) + self : self
      unsafe raw.storeBytes(of: sum, as: Self.self)
    } else {
      for j in 0..<Swift.max(0, width) {
        unsafe address[j] = isAdded ? address[j] + self[j] : self[j]
      }
    }
  }
}

/// a · b + c; where the processor has no instruction for it, `addingProduct` calls a library for each
/// lane. It stands beside the tile, because debug builds inline within a file only.
@inline(__always)
func fused<V: SIMD>(_ a: V, _ b: V, _ c: V) -> V where V.Scalar: FloatingPoint {
  #if NATIVE_VECTORS || arch(arm64)
    c.addingProduct(a, b)
  #else
    c + a * b
  #endif
}

private struct Beside<Left: TileRow, Right: TileRow>: TileRow {
  static var width: Int { Left.width + Right.width }
  private var left = Left()
  private var right = Right()

  @inline(__always)
  init() {}

  @inline(__always)
  init(at address: UnsafeRawPointer) {
    left = unsafe Left(at: address)
    right = unsafe Right(at: address + MemoryLayout<Scalar>.stride * Left.width)
  }

  @inline(__always)
  mutating func add(_ factor: Scalar, times other: Self) {
    left.add(factor, times: other.left)
    right.add(factor, times: other.right)
  }

  @inline(__always)
  func store(_ address: UnsafeMutablePointer<Scalar>, _ width: Int, _ isAdded: Bool) {
    unsafe left.store(address, width, isAdded)
    unsafe right.store(address + Left.width, width - Left.width, isAdded)
  }
}

/// A piece of k of B in panels: columns that one tile takes, side by side, row after row.
///
/// Where B's rows stand like that in memory, the panels are B itself, unless the cache would not keep
/// them. Where they do not, because B is a transpose or vectors do not fit its columns, all panels are
/// copied, one behind the other.
///
///     shapes     a panel: [depth, width], of which the columns that B does not have are zero
///     paper      Goto & van de Geijn 2008, section 5
///     differs    the paper copies always
struct Panels {
  let elements: [Scalar]
  /// Where column 0 of B stands in `elements`, or would if it were here.
  let start: Int
  /// How far apart the rows of a panel are; and how far, for each column between them, two panels.
  let step: (row: Int, column: Int)

  /// The most steps of k that a panel holds, so that it stays in the cache while A passes by.
  static let depth = 256
  /// The most columns that are copied at once, for the second cache: a multiple of every tile's.
  static let breadth = 480

  /// `b` begins at this column of B. A copy goes into `buffer`, which grows if it must.
  init(_ b: MatrixView, firstColumn: Int, _ buffer: inout [Scalar]) {
    if b.step.column == 1, b.columns % Tile.Vector.scalarCount == 0, !Panels.isCrowded(b) {
      (elements, start, step) = (b.elements, b.start - firstColumn, b.step)
    } else {
      Panels.copy(b, into: &buffer)
      step = (Tile.width(columns: b.columns), b.rows)
      (elements, start) = (buffer, -firstColumn * step.column)
    }
  }

  /// Whether the first cache would hold the copy of a panel, but not the rows as they stand. It has
  /// 8 places or more for all lines that are a multiple of 4096 bytes apart; rows whose distance has a
  /// power of two in it share few remainders, and drive each other out while A passes by.
  private static func isCrowded(_ b: MatrixView) -> Bool {
    let (bytes, ways, period) = (MemoryLayout<Scalar>.stride, 8, 4096)
    let apart = min(bytes * (b.step.row & -b.step.row), period)
    let holdsCopy = bytes * Tile.columns * depth <= ways * period
    return holdsCopy && b.rows * apart >= ways * period
  }

  private static func copy(_ b: MatrixView, into buffer: inout [Scalar]) {
    let (width, lanes) = (Tile.width(columns: b.columns), Tile.Vector.scalarCount)
    // Whole vectors are written: behind a narrow row the next one's place, and behind the last room.
    let size = b.rows * ((b.columns + width - 1) / width * width) + lanes
    if buffer.count < size {
      buffer = unsafe Array(unsafeUninitializedCapacity: size) { _, count in count = size }
    }
    unsafe buffer.withUnsafeMutableBufferPointer { to in
      unsafe b.elements.withUnsafeBufferPointer { from in
        guard let to = to.baseAddress, let start = from.baseAddress else { return }
        @inline(__always)
        func copy(_ p: Int, _ j: Int, columnStep: Int) {
          let from = unsafe start + (b.start &+ p &* b.step.row &+ j &* columnStep)
          var vector = Tile.Vector.zero
          if j &+ lanes <= b.columns {
            // A constant number of lanes, so that the compiler can write them all out.
            for lane in 0..<lanes { vector[lane] = unsafe from[lane &* columnStep] }
          } else {
            for lane in 0..<b.columns &- j { vector[lane] = unsafe from[lane &* columnStep] }
          }
          let first = j &- j % Tile.columns
          unsafe UnsafeMutableRawPointer(to + (first &* b.rows &+ p &* width &+ j &- first))
            .storeBytes(of: vector, as: Tile.Vector.self)
        }
        // In the order in which B is stored.
        let vectors = stride(from: 0, to: b.columns, by: lanes)
        if b.step.column == 1 {
          for p in 0..<b.rows { for j in vectors { copy(p, j, columnStep: 1) } }
        } else {
          for j in vectors { for p in 0..<b.rows { copy(p, j, columnStep: b.step.column) } }
        }
      }
    }
  }
}

/// All panels of Bᵀ, copied once: for a weight that is frozen, and multiplied in every step.
struct PackedMatrix: Sendable {
  /// B as it stands: only while a layer's weight is this, is this its weight.
  let source: Tensor
  let pieces: [Panels]

  init(_ b: Tensor) {
    let view = MatrixView(transposed: b)
    source = b
    pieces = stride(from: 0, to: view.rows, by: Panels.depth).map { first in
      var buffer: [Scalar] = []
      let steps = first..<min(first + Panels.depth, view.rows)
      return Panels(view[steps, 0..<view.columns], firstColumn: 0, &buffer)
    }
  }
}

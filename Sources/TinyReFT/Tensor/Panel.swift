/// Some columns of B, as the tile reads them: side by side, row after row.
///
/// Where B's rows stand like that in memory, the panel is B itself, unless the cache would not keep it.
/// Where they do not, because B is a transpose or has fewer columns left than vectors have lanes, they
/// are copied.
///
///     shapes     [depth, width], of which the columns that B does not have are zero
///     paper      Goto & van de Geijn 2008, section 5
///     differs    the paper copies always
struct Panel {
  let elements: [Scalar]
  /// Where it begins in `elements`, and how far apart its rows are.
  let start: Int
  let step: Int
  let width: Int

  /// The most steps of k that a panel holds, so that it stays in the cache while A passes by.
  static let depth = 256

  /// `b` has no more columns than a tile. A copy goes into `buffer`, if it is large enough.
  init(_ b: MatrixView, _ buffer: inout [Scalar]) {
    width = Tile.width(columns: b.columns)
    if b.step.column == 1, b.columns == width, !Panel.isCrowded(b) {
      (elements, start, step) = (b.elements, b.start, b.step.row)
    } else {
      // Whole vectors are written: behind a narrow row the next one's place, and behind the last room.
      let size = b.rows * width + Tile.Vector.scalarCount
      if buffer.count < size {
        buffer = unsafe Array(unsafeUninitializedCapacity: size) { _, count in count = size }
      }
      Panel.copy(b, width, into: &buffer)
      (elements, start, step) = (buffer, 0, width)
    }
  }

  /// Whether the first cache would hold a copy of these rows, but not the rows as they stand. It has
  /// 8 places or more for all lines that are a multiple of 4096 bytes apart; rows whose distance has a
  /// power of two in it share few remainders, and drive each other out while A passes by.
  private static func isCrowded(_ b: MatrixView) -> Bool {
    let (bytes, ways, period) = (MemoryLayout<Scalar>.stride, 8, 4096)
    let apart = min(bytes * (b.step.row & -b.step.row), period)
    let holdsCopy = bytes * Tile.columns * depth <= ways * period
    return holdsCopy && b.rows * apart > ways * period
  }

  private static func copy(_ b: MatrixView, _ width: Int, into buffer: inout [Scalar]) {
    let (rowStep, columnStep, lanes) = (b.step.row, b.step.column, Tile.Vector.scalarCount)
    unsafe buffer.withUnsafeMutableBufferPointer { to in
      unsafe b.elements.withUnsafeBufferPointer { from in
        guard let to = to.baseAddress, let first = from.baseAddress else { return }
        for j in stride(from: 0, to: width, by: lanes) {
          let count = min(lanes, b.columns - j)
          for p in 0..<b.rows {
            let from = unsafe first + (b.start &+ p &* rowStep &+ j &* columnStep)
            var vector = Tile.Vector.zero
            if count == lanes, columnStep == 1 {
              vector = unsafe UnsafeRawPointer(from).loadUnaligned(as: Tile.Vector.self)
            } else if count == lanes {
              // A constant number of lanes, so that the compiler can write them all out.
              for lane in 0..<lanes { vector[lane] = unsafe from[lane &* columnStep] }
            } else {
              for lane in 0..<count { vector[lane] = unsafe from[lane &* columnStep] }
            }
            unsafe UnsafeMutableRawPointer(to + (p &* width &+ j))
              .storeBytes(of: vector, as: Tile.Vector.self)
          }
        }
      }
    }
  }
}

/// All panels of Bᵀ, copied once: for a weight that is frozen, and multiplied in every step.
struct PackedMatrix: Sendable {
  /// B as it stands: only while a layer's weight is this, is this its weight.
  let source: Tensor
  private let panels: [Panel]

  init(_ b: Tensor) {
    let view = MatrixView(transposed: b)
    var panels: [Panel] = []
    for first in stride(from: 0, to: view.rows, by: Panel.depth) {
      for column in stride(from: 0, to: view.columns, by: Tile.columns) {
        var buffer: [Scalar] = []
        panels.append(
          Panel(
            view[
              first..<min(first + Panel.depth, view.rows),
              column..<min(column + Tile.columns, view.columns)], &buffer))
      }
    }
    (source, self.panels) = (b, panels)
  }

  func panel(firstStep: Int, firstColumn: Int) -> Panel {
    let perDepth = (source.rows + Tile.columns - 1) / Tile.columns
    return panels[firstStep / Panel.depth * perDepth + firstColumn / Tile.columns]
  }
}

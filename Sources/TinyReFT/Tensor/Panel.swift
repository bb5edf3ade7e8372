/// Some columns of B, copied to where the tile can read them: side by side, row after row.
///
///     shapes     [depth, width], of which the columns that B does not have are zero
///     paper      Goto & van de Geijn 2008, section 5
///     read       docs/11-matrix-product.md
///     check      Tests/TinyReFTTests/Tensor/MatrixProductTests.swift
struct Panel {
  private(set) var elements: [Scalar]
  private(set) var width = 0

  /// Room for `depth` rows of the widest panel.
  init(depth: Int) {
    elements = unsafe Array(unsafeUninitializedCapacity: depth * Tile.columns) { _, count in
      count = depth * Tile.columns
    }
  }

  /// Copies `b`, which has no more columns than a panel.
  mutating func pack(_ b: MatrixView) {
    width = Tile.width(columns: b.columns)
    let (step, width) = (b.step, width)
    unsafe elements.withUnsafeMutableBufferPointer { panel in
      unsafe b.elements.withUnsafeBufferPointer { b_ in
        guard let to = panel.baseAddress, let start = b_.baseAddress else { return }
        let from = unsafe start + b.start
        for j in stride(from: 0, to: width, by: Tile.Vector.scalarCount) {
          let count = min(Tile.Vector.scalarCount, b.columns - j)
          if count < Tile.Vector.scalarCount {
            for p in 0..<b.rows {
              var lanes = Tile.Vector.zero
              for lane in 0..<max(0, count) {
                lanes[lane] = unsafe from[p &* step.row &+ (j &+ lane) &* step.column]
              }
              unsafe UnsafeMutableRawPointer(to + (p &* width &+ j)).storeBytes(of: lanes, as: Tile.Vector.self)
            }
          } else if step.column == 1 {
            for p in 0..<b.rows {
              let lanes = unsafe UnsafeRawPointer(from + (p &* step.row &+ j)).loadUnaligned(as: Tile.Vector.self)
              unsafe UnsafeMutableRawPointer(to + (p &* width &+ j)).storeBytes(of: lanes, as: Tile.Vector.self)
            }
          } else {
            for p in 0..<b.rows {
              var lanes = Tile.Vector.zero
              for lane in 0..<Tile.Vector.scalarCount {
                lanes[lane] = unsafe from[p &* step.row &+ (j &+ lane) &* step.column]
              }
              unsafe UnsafeMutableRawPointer(to + (p &* width &+ j)).storeBytes(of: lanes, as: Tile.Vector.self)
            }
          }
        }
      }
    }
  }
}

extension Tensor {
  /// Room for a matrix, every element of which is about to be written.
  init(uninitializedRows rows: Int, columns: Int) {
    self.init(
      rows: rows, columns: columns,
      elements: unsafe Array(unsafeUninitializedCapacity: rows * columns) { _, count in
        count = rows * columns
      })
  }
}

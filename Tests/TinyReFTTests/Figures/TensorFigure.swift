@testable import TinyReFT

extension Figures {
  /// A matrix as one thinks of it, and the same elements as they stand in memory.
  @Sendable static func tensor() -> Drawing {
    var drawing = Drawing(width: 640, height: 258, title: "A row-major matrix")
    let matrix = Tensor(rows: 3, columns: 4, elements: (0..<12).map { Scalar($0) })
    let colors: [Drawing.Color] = [.blue, .orange, .green]
    let cell = 46.0
    func draw(_ label: String, x: Double, y: Double, color: Drawing.Color) {
      drawing.rectangle(x: x, y: y, width: cell, height: 34, stroke: .grey)
      drawing.text(label, at: .init(x + cell / 2, y + 22), color: color, anchor: .middle)
    }
    drawing.text("3 rows, 4 columns", at: .init(64, 26), size: 15, bold: true)
    for i in 0..<matrix.rows {
      drawing.text("row \(i)", at: .init(56, 62 + 34 * Double(i)), color: colors[i], anchor: .end)
      for j in 0..<matrix.columns {
        let (x, y) = (64 + cell * Double(j), 40 + 34 * Double(i))
        draw("\(i), \(j)", x: x, y: y, color: colors[i])
      }
    }
    drawing.text("elements", at: .init(64, 186), size: 15, bold: true)
    for i in 0..<matrix.rows {
      for (j, index) in matrix.row(i).enumerated() {
        let x = 64 + cell * Double(index)
        draw("\(i), \(j)", x: x, y: 198, color: colors[i])
        drawing.text(
          "\(index)", at: .init(x + cell / 2, 250), size: 12, color: .grey, anchor: .middle)
      }
    }
    let notes = [
      "(i, j) stands at i · columns + j", "one column on: 1 further", "one row on: 4 further",
    ]
    for (k, note) in notes.enumerated() {
      drawing.text(note, at: .init(300, 62 + 34 * Double(k)), color: .grey)
    }
    return drawing
  }
}

@testable import TinyReFT

extension Figures {
  /// One matrix, read by row on the way in and compared row by row on the way out.
  @Sendable static func embedding() -> Drawing {
    var drawing = Drawing(width: 640, height: 236, title: "One matrix in and out")
    // The numbers of the chapter's worked example.
    let embedding = Embedding(weight: Tensor([[1, 2], [3, 4], [5, 6]]))
    let tokens = [2, 0, 2]
    let (h, out) = (embedding.embed(tokens), Tensor([[1, 10]]))
    let logits = embedding.unembed(out)
    let colors: [Drawing.Color] = [.blue, .orange, .green]
    func y(_ row: Int) -> Double { 66 + 46 * Double(row) }
    func draw(_ row: [Scalar], x: Double, y: Double, width: Double = 74, color: Drawing.Color) {
      let label = "[" + row.map { "\(Int($0))" }.joined(separator: ", ") + "]"
      drawing.rectangle(x: x, y: y, width: width, height: 34, stroke: color)
      drawing.text(label, at: .init(x + width / 2, y + 22), color: color, anchor: .middle)
    }
    for (x, name) in [(28.0, "tokens"), (126, "h"), (291, "E"), (456, "logits"), (566, "h")] {
      drawing.text(name, at: .init(x, 36), size: 15, bold: true)
    }
    for (t, color) in colors.enumerated() {
      draw(Array(embedding.weight.elements[embedding.weight.row(t)]), x: 260, y: y(t), color: color)
      drawing.line(.init(334, y(t) + 17), .init(446, y(t) + 17), color: color)
      draw([logits[t]], x: 446, y: y(t), width: 60, color: color)
    }
    for (row, token) in tokens.enumerated() {
      drawing.text("\(token)", at: .init(46, y(row) + 22), color: colors[token], anchor: .middle)
      draw(Array(h.elements[h.row(row)]), x: 92, y: y(row), color: colors[token])
      drawing.arrow(
        .init(260, y(token) + 17 + 5 * Double(row - 1)), .init(168, y(row) + 17),
        color: colors[token])
    }
    draw(out.elements, x: 540, y: y(1), color: .grey)
    for t in 0..<3 { drawing.arrow(.init(540, y(1) + 17), .init(508, y(t) + 17)) }
    drawing.text("in: E[tokens]", at: .init(92, 222), color: .grey)
    drawing.text("out: h · Eᵀ", at: .init(446, 222), color: .grey)
    return drawing
  }
}

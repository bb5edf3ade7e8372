@testable import TinyReFT

extension Figures {
  /// Two runs of the decoder, and what a swap at b after block 0 takes from one to the other.
  @Sendable static func interchange() -> Drawing {
    var drawing = Drawing(
      width: 700, height: 372, title: "An interchange intervention: V goes from source to base")
    run(
      "source", ["<s>", "4", "4", "9", "2"], answer: "answers no", top: 24, color: .orange,
      in: &drawing)
    run(
      "base", ["<s>", "7", "3", "5", "5"], answer: "answers yes, not no", top: 210,
      color: .blue, in: &drawing)
    // Out of one state, down between two columns, and into the other.
    let (source, base) = (88.0, 274.0)
    drawing.path(
      [.init(280, source), .init(297, source), .init(297, base)], color: .orange, width: 3)
    drawing.arrow(.init(297, base), .init(281, base), color: .orange, width: 3)
    drawing.text("Rᵀ(R s − R b)", at: .init(308, 190), color: .orange, bold: true)
    return drawing
  }

  /// The hidden states of one line: embeddings at the bottom, a row for each of two blocks above.
  private static func run(
    _ name: String, _ tokens: [String], answer: String, top: Double, color: Drawing.Color,
    in drawing: inout Drawing
  ) {
    drawing.text(name, at: .init(16, top + 66), size: 15, color: color, bold: true)
    for (t, token) in tokens.enumerated() {
      let x = 104 + 70 * Double(t)
      drawing.text(
        HierarchicalEquality.places[t], at: .init(x + 18, top + 2), color: .grey, anchor: .middle)
      for level in 0...2 {
        let y = top + 92 - 40 * Double(level)
        let isPlace = t == 2 && level == 1
        let isAnswer = t == 4 && level == 2
        drawing.rectangle(
          x: x, y: y, width: 36, height: 24,
          fill: isPlace ? .orange : isAnswer ? color : .light, rounded: 5)
        if level < 2 {
          drawing.line(.init(x + 18, y), .init(x + 18, y - 16), color: .grey, width: 1)
        }
      }
      drawing.text(token, at: .init(x + 18, top + 134), anchor: .middle, monospaced: true)
    }
    drawing.line(
      .init(280, top + 52), .init(384, top + 36), color: .grey, width: 1.5, dashed: true)
    for (level, label) in ["embedding", "after block 0", "after block 1"].enumerated() {
      drawing.text(
        label, at: .init(440, top + 109 - 40 * Double(level)), color: .grey)
    }
    drawing.text(answer, at: .init(540, top + 29), color: color, bold: true)
  }
}

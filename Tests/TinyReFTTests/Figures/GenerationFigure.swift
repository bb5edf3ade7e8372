@testable import TinyReFT

extension Figures {
  /// Which hidden states are computed when: the prompt in one go, then one column for each token.
  @Sendable static func generation() -> Drawing {
    var drawing = Drawing(width: 660, height: 318, title: "Prompt, cache and generated tokens")
    let tokens = ["x₁", "x₂", "x₃", "x₄", "y₁", "y₂", "y₃"]
    let (promptLength, edited) = (4, [0, 3])
    func place(_ token: Int, _ level: Int) -> Drawing.Point {
      .init(170 + 74 * Double(token), 222 - 56 * Double(level))
    }
    drawing.rectangle(
      x: 140, y: 28, width: 282, height: 220, stroke: .light, rounded: 8)
    drawing.text("read at once", at: .init(150, 20), color: .blue)
    drawing.text("then one at a time", at: .init(436, 20), color: .grey)
    for (level, name) in ["embedding", "block 0", "block 1", "block 2"].enumerated() {
      drawing.text(name, at: .init(124, place(0, level).y + 4), color: .grey, anchor: .end)
    }
    // What the newest token reads in a block: one pair of key and value for each token so far.
    for level in 1...3 {
      for token in 0...6 {
        drawing.line(place(token, level - 1), place(6, level), color: .grey, width: 1)
      }
    }
    for (token, name) in tokens.enumerated() {
      let isPrompt = token < promptLength
      for level in 0...3 {
        let isEdited = level > 0 && edited.contains(token)
        drawing.circle(
          place(token, level), radius: 10, fill: isEdited ? .orange : isPrompt ? .blue : .grey)
      }
      drawing.text(name, at: .init(place(token, 0).x, 270), anchor: .middle)
    }
    drawing.text("edited after the block", at: .init(150, 302), color: .orange)
    return drawing
  }
}

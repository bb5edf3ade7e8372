@testable import TinyReFT

extension Figures {
  /// The pair (1, 0) of each frequency, turned by some positions: near, further and far.
  @Sendable static func rotaryEmbedding() -> Drawing {
    let (width, positions) = (8, [0, 1, 2, 3, 10, 20, 30, 100, 200, 300])
    var drawing = Drawing(width: 640, height: 276, title: "Pairs turn at different speeds")
    let rotary = RotaryEmbedding(headWidth: width, base: 10_000)
    // The first half of a head holds the pairs' first coordinates: all ones, and zeros after them.
    var x = Tensor(repeating: 0, rows: positions.count, columns: width)
    for row in positions.indices { for i in 0..<width / 2 { x[row, i] = 1 } }
    let y = rotary.forward(x, rotary.turns(at: positions))
    let colors: [Drawing.Color] = [.blue, .orange, .green, .purple]
    func center(_ row: Int, _ i: Int) -> Drawing.Point {
      .init(168 + 48 * Double(row), 66 + 58 * Double(i))
    }
    drawing.text("position", at: .init(132, 28), color: .grey, anchor: .end)
    for (row, position) in positions.enumerated() {
      drawing.text("\(position)", at: .init(center(row, 0).x, 28), color: .grey, anchor: .middle)
    }
    for (i, color) in colors.enumerated() {
      let speed = (rotary.frequencies[i] * 1000).rounded() / 1000
      drawing.text(
        "pair \(i): \(speed) rad", at: .init(132, center(0, i).y + 5), color: color, anchor: .end)
      for row in positions.indices {
        let c = center(row, i)
        drawing.circle(c, radius: 20, stroke: .light)
        let tip = Drawing.Point(
          c.x + 19 * Double(y[row, i]), c.y - 19 * Double(y[row, i + width / 2]))
        drawing.arrow(c, tip, color: color, width: 2)
      }
    }
    return drawing
  }
}

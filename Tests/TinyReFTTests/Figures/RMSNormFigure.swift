@testable import TinyReFT

extension Figures {
  /// Rows of two numbers before RMSNorm and after: the same directions, all of one length.
  @Sendable static func rmsNorm() -> Drawing {
    var drawing = Drawing(width: 560, height: 290, title: "RMSNorm keeps directions")
    let rows: [[Scalar]] = [[1, 7], [0.5, 0.2], [-3, 1.5], [2, -2.5], [-0.4, -0.6]]
    let normed = RMSNorm(width: 2, epsilon: 0).forward(Tensor(rows)).y
    let colors: [Drawing.Color] = [.blue, .orange, .green, .purple, .grey]
    for (panel, name, y, scale) in [
      (0.0, "rows of x", Tensor(rows), 17.0), (1.0, "rows of y = RMSNorm(x)", normed, 60.0),
    ] {
      let center = Drawing.Point(140 + 280 * panel, 155)
      drawing.line(.init(center.x - 120, center.y), .init(center.x + 120, center.y), color: .light)
      drawing.line(.init(center.x, center.y - 120), .init(center.x, center.y + 120), color: .light)
      drawing.text(name, at: .init(center.x - 120, 28), size: 15, bold: true)
      if panel == 1 {
        drawing.circle(center, radius: 2.0.squareRoot() * scale, stroke: .grey, dashed: true)
        drawing.text("√d", at: .init(center.x + 62, center.y - 66), color: .grey)
      }
      for (i, color) in colors.enumerated() {
        let tip = Drawing.Point(
          center.x + Double(y[i, 0]) * scale, center.y - Double(y[i, 1]) * scale)
        drawing.arrow(center, tip, color: color, width: 2)
      }
    }
    return drawing
  }
}

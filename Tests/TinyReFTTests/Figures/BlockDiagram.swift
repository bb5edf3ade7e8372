@testable import TinyReFT

/// What only block diagrams have.
extension Drawing {
  /// A line with a head at its end.
  mutating func arrow(
    _ from: Point, _ to: Point, color: Color = .grey, width: Double = 1.5, dashed: Bool = false
  ) {
    let (dx, dy) = (to.x - from.x, to.y - from.y)
    let length = max((dx * dx + dy * dy).squareRoot(), 1e-9)
    let (ux, uy) = (dx / length * 8, dy / length * 8)
    let base = Point(to.x - ux, to.y - uy)
    line(from, base, color: color, width: width, dashed: dashed)
    let corners = [
      to, Point(base.x - uy / 2, base.y + ux / 2), Point(base.x + uy / 2, base.y - ux / 2),
    ]
    let list = corners.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
    elements.append("<polygon points=\"\(list)\" \(color.paint("fill"))/>")
  }

  /// A box with text in its middle; for block diagrams.
  mutating func box(
    _ label: String, x: Double, y: Double, width: Double, height: Double = 34,
    fill: Color = .light, color: Color = .grey
  ) {
    rectangle(x: x, y: y, width: width, height: height, fill: fill, rounded: 6)
    text(label, at: Point(x + width / 2, y + height / 2 + 4.5), color: color, anchor: .middle)
  }
}

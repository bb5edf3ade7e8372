@testable import TinyReFT

extension Figures {
  /// Two rows, what the second repeats of the first, and the orthonormal rows that are left.
  @Sendable static func gramSchmidt() -> Drawing {
    var drawing = Drawing(width: 660, height: 270, title: "Gram-Schmidt on two rows")
    let A = Tensor([[3, 4], [5, 0]])
    let R = GramSchmidt.forward(A).R
    let (a1, a2, r1) = (A.gathered(rows: [0]), A.gathered(rows: [1]), R.gathered(rows: [0]))
    let repeated = Scalar(r1.dot(a2)) * r1
    func place(_ v: Tensor, panel: Double, unit: Double = 25) -> Drawing.Point {
      .init(40 + 225 * panel + unit * Double(v[0]), 150 - unit * Double(v[1]))
    }
    let zero = Tensor([[0, 0]])
    func arrow(
      _ v: Tensor, _ name: String, panel: Double, unit: Double = 25, color: Drawing.Color,
      label: (x: Double, y: Double), width: Double = 2.5
    ) {
      let tip = place(v, panel: panel, unit: unit)
      drawing.arrow(place(zero, panel: panel), tip, color: color, width: width)
      drawing.text(name, at: .init(tip.x + label.x, tip.y + label.y), color: color)
    }
    for (panel, name) in [(0.0, "A"), (1.0, "without c r₁"), (2.0, "R")] {
      drawing.text(name, at: .init(40 + 225 * panel, 28), size: 15, bold: true)
    }
    arrow(a1, "a₁", panel: 0, color: .blue, label: (6, 0))
    arrow(a2, "a₂", panel: 0, color: .orange, label: (4, 4))
    drawing.line(
      place(repeated, panel: 1), place(a2, panel: 1), color: .grey, width: 1, dashed: true)
    arrow(a2, "a₂", panel: 1, color: .grey, label: (4, 4), width: 1)
    arrow(repeated, "c r₁", panel: 1, color: .blue, label: (6, -2))
    arrow(a2 - repeated, "v = a₂ − c r₁", panel: 1, color: .orange, label: (-30, 22))
    drawing.circle(place(zero, panel: 2), radius: 75, stroke: .light)
    arrow(r1, "r₁ = a₁ / ‖a₁‖", panel: 2, unit: 75, color: .blue, label: (6, 0))
    arrow(
      R.gathered(rows: [1]), "r₂ = v / ‖v‖", panel: 2, unit: 75, color: .orange, label: (6, 12))
    return drawing
  }
}

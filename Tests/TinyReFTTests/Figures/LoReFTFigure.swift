@testable import TinyReFT

extension Figures {
  /// h and Φ(h) in the plane, with the line that R spans and what is read and written along it.
  @Sendable static func loReFT() -> Drawing {
    var drawing = Drawing(width: 580, height: 400, title: "LoReFT moves h within a subspace")
    var stream = RandomStream(seed: 1)
    var phi = LoReFT(rank: 1, width: 2, start: .identity, using: &stream)
    (phi.A, phi.W, phi.b) = (Tensor([[0.6, 0.8]]), Tensor([[1, -1]]), Tensor([[2]]))
    let h = Tensor([[5, 5]])
    let moved = phi(h)
    func place(_ x: Scalar, _ y: Scalar) -> Drawing.Point {
      .init(120 + 50 * Double(x), 350 - 50 * Double(y))
    }
    drawing.line(place(-1, 0), place(8.5, 0), color: .light)
    drawing.line(place(0, -0.7), place(0, 6.6), color: .light)
    // The subspace, and at each reading the line of all points that read the same.
    let (rx, ry) = (phi.R[0, 0], phi.R[0, 1])
    drawing.line(place(-0.8 * rx, -0.8 * ry), place(8.2 * rx, 8.2 * ry), color: .grey, width: 2)
    drawing.text("the subspace", at: place(5.05, 6.35), color: .grey)
    for (x, name, color) in [(h, "R h", Drawing.Color.blue), (moved, "W h + b", .orange)] {
      let reading = matmul(x, transposed: phi.R)[0]
      let foot = (x: reading * rx, y: reading * ry)
      drawing.line(
        place(foot.x - 1.6 * ry, foot.y + 1.6 * rx), place(foot.x + 4.2 * ry, foot.y - 4.2 * rx),
        color: color, dashed: true)
      drawing.circle(place(foot.x, foot.y), radius: 4, fill: color)
      drawing.text(
        "\(name) = \(Int(reading.rounded()))", at: place(foot.x - 1.75 * ry, foot.y + 1.7 * rx),
        color: color, anchor: .end)
    }
    drawing.arrow(place(0, 0), place(rx, ry), width: 2.5)
    drawing.text("R", at: place(rx - 0.42, ry + 0.02), bold: true)
    drawing.arrow(place(h[0], h[1]), place(moved[0] + 0.08 * rx, moved[1] + 0.08 * ry), width: 2.5)
    drawing.text("Rᵀ(W h + b − R h)", at: place(3.75, 3))
    drawing.circle(place(h[0], h[1]), radius: 5, fill: .blue)
    drawing.text("h", at: place(h[0] + 0.22, h[1] + 0.1), size: 15, color: .blue, bold: true)
    drawing.circle(place(moved[0], moved[1]), radius: 5, fill: .orange)
    drawing.text(
      "Φ(h)", at: place(moved[0] + 0.2, moved[1] - 0.05), size: 15, color: .orange, bold: true)
    return drawing
  }
}

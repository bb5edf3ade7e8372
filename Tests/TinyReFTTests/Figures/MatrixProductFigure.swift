@testable import TinyReFT

extension Figures {
  /// One tile of C, and what it is made of: eight rows of A and a panel of B.
  @Sendable static func matrixProduct() -> Drawing {
    var drawing = Drawing(width: 520, height: 392, title: "One tile of the matrix product")
    // The left upper corners of A [m, k], B [k, n] and C [m, n], and their sizes in pixels.
    let (m, k, n) = (180.0, 130.0, 260.0)
    let (a, b, c) = (Drawing.Point(70, 182), Drawing.Point(230, 34), Drawing.Point(230, 182))
    let (top, tile, left, strip) = (72.0, 36.0, 78.0, 78.0)
    for (name, corner, width, height) in [("A", a, k, m), ("B", b, n, k), ("C", c, n, m)] {
      drawing.rectangle(
        x: corner.x, y: corner.y, width: width, height: height, stroke: .grey)
      drawing.text(name, at: .init(corner.x + 8, corner.y + 20), size: 15, bold: true)
    }
    for y in stride(from: tile, to: m, by: tile) {
      drawing.line(.init(a.x, a.y + y), .init(a.x + k, a.y + y), color: .light, width: 1)
      drawing.line(.init(c.x, c.y + y), .init(c.x + n, c.y + y), color: .light, width: 1)
    }
    for x in stride(from: strip, to: n, by: strip) {
      drawing.line(.init(b.x + x, b.y), .init(b.x + x, b.y + k), color: .light, width: 1)
      drawing.line(.init(c.x + x, c.y), .init(c.x + x, c.y + m), color: .light, width: 1)
    }
    drawing.rectangle(x: a.x, y: a.y + top, width: k, height: tile, fill: .blue)
    drawing.rectangle(x: b.x + left, y: b.y, width: strip, height: k, fill: .orange)
    drawing.rectangle(x: c.x + left, y: c.y + top, width: strip, height: tile, fill: .green)
    // Three vectors side by side.
    for x in [strip / 3, 2 * strip / 3] {
      drawing.line(
        .init(b.x + left + x, b.y), .init(b.x + left + x, b.y + k), color: .white, width: 1)
      drawing.line(
        .init(c.x + left + x, c.y + top), .init(c.x + left + x, c.y + top + tile), color: .white,
        width: 1)
    }
    // One step of the loop over p.
    drawing.rectangle(x: a.x + 82, y: a.y + top, width: 8, height: tile, fill: .white)
    drawing.rectangle(x: b.x + left, y: b.y + 82, width: strip, height: 8, fill: .white)
    drawing.text("p", at: .init(a.x + 86, a.y + top - 6), anchor: .middle)
    drawing.text("p", at: .init(b.x + left + strip + 10, b.y + 91), anchor: .middle)
    drawing.text("8 rows", at: .init(a.x - 6, a.y + top + 23), color: .blue, anchor: .end)
    let x = b.x + left + strip / 2
    drawing.text("panel: three vectors wide", at: .init(x, 22), color: .orange, anchor: .middle)
    drawing.text(
      "tile: 8 rows of three vectors, in registers", at: .init(x, c.y + m + 20), color: .green,
      anchor: .middle)
    return drawing
  }
}

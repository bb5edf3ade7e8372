@testable import TinyReFT

extension Figures {
  /// The residual stream from left to right: a block adds to it twice, an intervention once.
  @Sendable static func decoder() -> Drawing {
    var drawing = Drawing(width: 820, height: 246, title: "The decoder and its residual stream")
    let stream = 96.0
    drawing.rectangle(
      x: 118, y: 40, width: 484, height: 192, stroke: .grey, rounded: 8)
    drawing.text("for every layer l = 0 … L − 1", at: .init(130, 28), color: .grey)
    drawing.text("block l: the base, frozen", at: .init(136, 60), color: .grey)
    drawing.text("intervention: learns", at: .init(464, 60), color: .orange)

    drawing.line(.init(98, stream), .init(640, stream), width: 3)
    drawing.text("hˡ", at: .init(128, stream - 10), bold: true)
    drawing.text("hˡ⁺¹", at: .init(612, stream - 10), bold: true)
    drawing.box("embed", x: 20, y: stream - 17, width: 78)
    drawing.text("tokens", at: .init(59, stream + 62), anchor: .middle)
    drawing.arrow(.init(59, stream + 46), .init(59, stream + 18))
    branch(["RMSNorm", "Attention"], at: .init(178, stream), color: .grey, in: &drawing)
    branch(["RMSNorm", "SwiGLU"], at: .init(332, stream), color: .grey, in: &drawing)
    branch(["rows of P", "Φ(h) − h"], at: .init(494, stream), color: .orange, in: &drawing)
    drawing.arrow(.init(600, stream), .init(650, stream), width: 3)
    drawing.box("RMSNorm", x: 650, y: stream - 17, width: 76)
    drawing.arrow(.init(726, stream), .init(742, stream))
    drawing.box("unembed", x: 742, y: stream - 17, width: 72)
    drawing.arrow(.init(778, stream + 18), .init(778, stream + 46))
    drawing.text("logits", at: .init(778, stream + 62), anchor: .middle)
    return drawing
  }

  /// A way out of the stream, through two boxes, and back into it by a sum.
  private static func branch(
    _ parts: [String], at start: Drawing.Point, color: Drawing.Color, in drawing: inout Drawing
  ) {
    let isBase = color == .grey
    for (i, part) in parts.enumerated() {
      let y = start.y + 32 + 62 * Double(i)
      drawing.arrow(.init(start.x, i == 0 ? start.y : y - 28), .init(start.x, y - 1), color: color)
      drawing.box(
        part, x: start.x - 42, y: y, width: 84, fill: isBase ? .light : .orange,
        color: isBase ? .grey : .white)
    }
    let (sum, bottom) = (Drawing.Point(start.x + 76, start.y), start.y + 111)
    drawing.line(.init(start.x + 42, bottom), .init(sum.x, bottom), color: color)
    drawing.arrow(.init(sum.x, bottom), .init(sum.x, sum.y + 11), color: color)
    drawing.circle(sum, radius: 10, stroke: color)
    drawing.text("+", at: .init(sum.x, sum.y + 5), size: 16, color: color, anchor: .middle)
  }
}

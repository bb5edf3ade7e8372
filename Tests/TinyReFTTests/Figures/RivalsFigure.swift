@testable import TinyReFT

extension Figures {
  /// One block of the decoder, and where each method acts in it.
  @Sendable static func rivals() -> Drawing {
    var drawing = Drawing(width: 950, height: 364, title: "Where each method acts")
    drawing.rectangle(
      x: 118, y: 28, width: 556, height: 322, stroke: .grey, rounded: 8)
    drawing.text("block l: the base, frozen", at: .init(130, 50), color: .grey)
    drawing.line(.init(86, 80), .init(860, 80), width: 3)
    drawing.box("embed", x: 14, y: 63, width: 78)
    chip("soft prompt", .grey, x: 12, y: 124, width: 82, in: &drawing)
    drawing.arrow(.init(53, 124), .init(53, 98))
    attention(in: &drawing)
    feedForward(in: &drawing)
    drawing.box("Φ, rows of P", x: 696, y: 63, width: 104, fill: .orange, color: .white)
    drawing.arrow(.init(800, 80), .init(868, 80), width: 3)
    drawing.text("hˡ⁺¹", at: .init(876, 85), bold: true)
    legend(in: &drawing)
    return drawing
  }

  private static func attention(in drawing: inout Drawing) {
    norm(at: 237, in: &drawing)
    for (i, name) in ["q_proj", "k_proj", "v_proj"].enumerated() {
      let x = 161 + 76 * Double(i)
      drawing.arrow(.init(237, 142), .init(x, 163))
      matrix(name, at: x, y: 164, in: &drawing)
      drawing.arrow(.init(x, 204), .init(237 + (x - 237) / 2, 231))
    }
    drawing.box("heads", x: 182, y: 232, width: 110, height: 30)
    chip("prefix", .grey, x: 124, y: 238, width: 46, in: &drawing)
    drawing.arrow(.init(170, 247), .init(181, 247))
    drawing.arrow(.init(237, 262), .init(237, 291))
    matrix("o_proj", at: 237, y: 292, in: &drawing)
    wayBack(from: 274, to: 384, in: &drawing)
    drawing.box("adapter", x: 353, y: 222, width: 62, height: 30, fill: .green, color: .white)
  }

  private static func feedForward(in drawing: inout Drawing) {
    norm(at: 477, in: &drawing)
    for (name, x) in [("gate_proj", 439.0), ("up_proj", 515)] {
      drawing.arrow(.init(477, 142), .init(x, 163))
      matrix(name, at: x, y: 164, beside: name == "up_proj", in: &drawing)
      drawing.arrow(.init(x, 204), .init(477 + (x - 477) / 2, 231))
    }
    drawing.box("silu(g) ⊙ u", x: 422, y: 232, width: 110, height: 30)
    drawing.arrow(.init(477, 262), .init(477, 291))
    matrix("down_proj", at: 477, y: 292, beside: true, in: &drawing)
    wayBack(from: 514, to: 612, in: &drawing)
    drawing.box("adapter", x: 581, y: 222, width: 62, height: 30, fill: .green, color: .white)
    drawing.box("RED", x: 581, y: 176, width: 62, height: 30, fill: .purple, color: .white)
  }

  /// What reads the stream, with its gains.
  private static func norm(at x: Double, in drawing: inout Drawing) {
    drawing.arrow(.init(x, 80), .init(x, 107))
    drawing.box("RMSNorm", x: x - 45, y: 108, width: 90, height: 30)
    chip("g", .grey, x: x + 36, y: 114, width: 22, in: &drawing)
  }

  /// A matrix of the base with what LoRA and the parallel adapter put beside it.
  private static func matrix(
    _ name: String, at x: Double, y: Double, beside: Bool = false, in drawing: inout Drawing
  ) {
    drawing.box(name, x: x - 36, y: y, width: 72, height: 28)
    chip("B A", .blue, x: beside ? x - 33 : x - 16, y: y + 24, width: 32, in: &drawing)
    if beside { chip("s Δ", .green, x: x + 1, y: y + 24, width: 32, in: &drawing) }
  }

  /// From the last matrix back to the stream, and the sum there.
  private static func wayBack(from start: Double, to x: Double, in drawing: inout Drawing) {
    drawing.line(.init(start, 306), .init(x, 306))
    drawing.arrow(.init(x, 306), .init(x, 91))
    drawing.circle(.init(x, 80), radius: 10, stroke: .grey)
    drawing.text("+", at: .init(x, 85), size: 16, anchor: .middle)
  }

  private static func chip(
    _ label: String, _ color: Drawing.Color, x: Double, y: Double, width: Double,
    in drawing: inout Drawing
  ) {
    drawing.rectangle(x: x, y: y, width: width, height: 18, fill: color, rounded: 4)
    drawing.text(
      label, at: .init(x + width / 2, y + 13), size: 12, color: .white, anchor: .middle)
  }

  private static func legend(in drawing: inout Drawing) {
    for (i, (text, color)) in [
      ("ReFT: chosen tokens of the prompt", Drawing.Color.orange),
      ("LoRA, DoRA: chosen matrices", .blue), ("adapters, series or parallel", .green),
      ("RED: scale and shift", .purple), ("prefix tuning, soft prompts", .grey),
      ("g, the gains alone: ln-tuning", .grey),
    ].enumerated() {
      let y = 150 + 30 * Double(i)
      drawing.rectangle(x: 692, y: y, width: 16, height: 16, fill: color, rounded: 3)
      drawing.text(text, at: .init(716, y + 13))
    }
  }
}

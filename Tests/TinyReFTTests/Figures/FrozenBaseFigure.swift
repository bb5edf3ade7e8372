@testable import TinyReFT

extension Figures {
  /// What a training step has to compute, block by block and token by token, of two tasks.
  @Sendable static func frozenBase() -> Drawing {
    var drawing = Drawing(width: 660, height: 284, title: "What a frozen base makes unnecessary")
    let tasks = [
      ("f2+l2 after every block", [0, 1, 2, 3], Positions.ends(prefix: 2, suffix: 2)),
      ("l2 after blocks 2 and 3", [2, 3], .ends(prefix: 0, suffix: 2)),
    ]
    for (i, (title, layers, positions)) in tasks.enumerated() {
      let reft = ReFT<LoReFT>(
        rank: 1, width: 2, layers: layers, positions: positions, sharing: .side, seed: 1)
      let left = 76 + 304 * Double(i)
      drawing.text(title, at: .init(left, 24), bold: true)
      grid(of: reft, left: left, in: &drawing)
    }
    for l in 0..<4 {
      drawing.text("block \(l)", at: .init(62, 174 - 40 * Double(l)), color: .grey, anchor: .end)
    }
    for (text, x, fill, height) in [
      ("once", 76.0, Drawing.Color.green, 16.0), ("in every step", 150, .blue, 16),
      ("key and value only", 274, .blue, 7), ("never", 436, .light, 16),
    ] {
      drawing.rectangle(x: x, y: 246, width: 16, height: 16, fill: .light, rounded: 3)
      drawing.rectangle(x: x, y: 262 - height, width: 16, height: height, fill: fill, rounded: 3)
      drawing.text(text, at: .init(x + 24, 259))
    }
    drawing.text("Φ  in every step", at: .init(516, 259))
    return drawing
  }

  /// Four blocks over a prompt of five tokens and a completion of three.
  private static func grid(of reft: ReFT<LoReFT>, left: Double, in drawing: inout Drawing) {
    let (blocks, length, prompt) = (4, 8, 5)
    let edit = reft.firstEdit(ofPrompt: prompt) ?? (block: blocks - 1, token: prompt)
    let (fixed, first) = (edit.block + 1, edit.token)
    for l in 0..<blocks {
      let edited = reft.interventions.filter { $0.layer == l }
        .flatMap { $0.positions.ranges(ofPrompt: prompt, of: reft.positions).joined() }
      for token in 0..<length {
        let (x, y) = (left + 32 * Double(token) + (token < prompt ? 0 : 12), 154 - 40 * Double(l))
        // Behind the last token there is no target, and the loss reads from the last of the prompt.
        let isMade = token < length - 1 && (l < blocks - 1 || token >= prompt - 1)
        let isOnce = token < length - 1 && (l < fixed || token < first)
        drawing.rectangle(
          x: x, y: y, width: 28, height: 32,
          fill: isOnce ? .green : isMade ? .blue : .light, rounded: 4)
        if !isOnce, !isMade, token < length - 1 {
          drawing.rectangle(x: x, y: y + 18, width: 28, height: 14, fill: .blue, rounded: 4)
        }
        // In the last block an edit of a row that the loss does not read changes nothing.
        if edited.contains(token), isMade {
          drawing.text("Φ", at: .init(x + 14, y + 21), size: 15, color: .white, anchor: .middle)
        }
      }
    }
    for (text, from, to) in [("prompt", 0.0, 156.0), ("completion", 172, 264)] {
      drawing.line(.init(left + from, 200), .init(left + to, 200), color: .grey)
      drawing.text(text, at: .init(left + (from + to) / 2, 218), color: .grey, anchor: .middle)
    }
  }
}

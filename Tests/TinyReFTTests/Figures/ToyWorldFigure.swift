@testable import TinyReFT

extension Figures {
  /// How often each kind of line comes in the pretraining text, and how many answers it leaves open.
  @Sendable static func toyWorld() -> Drawing {
    var drawing = Drawing(width: 640, height: 352, title: "What the base reads")
    drawing.text("lines in a hundred", at: .init(190, 24), size: 15, bold: true)
    drawing.text("one right answer", at: .init(440, 24), color: .blue)
    drawing.text("several: bare", at: .init(440, 44), color: .orange)
    let bare: Set<ToyCue> = [.do, .quiz, .so]
    for (i, cue) in ToyCue.all.enumerated() {
      let y = 40 + 24 * Double(i)
      let width = 8 * Double(cue.share)
      drawing.text(name(of: cue), at: .init(180, y + 14), anchor: .end, monospaced: true)
      drawing.rectangle(
        x: 190, y: y, width: width, height: 18, fill: bare.contains(cue) ? .orange : .blue)
      drawing.text("\(cue.share)", at: .init(198 + width, y + 14), color: .grey)
    }
    return drawing
  }

  /// The words that a line of this cue begins or asks with.
  private static func name(of cue: ToyCue) -> String {
    switch cue {
    case .fact: "kind of …:"
    case .skill(let skill): "\(skill.rawValue) … ->"
    case .do: "do … ->"
    case .best: "best …?"
    case .quiz: "quiz …?"
    case .inAll: "… in all?"
    case .so: "… so?"
    case .review: "the film was …"
    }
  }
}

@testable import TinyReFT

extension Figures {
  /// Prompts of 1 to 8 tokens under f2+l3: which Φ edits each token, for each way of sharing.
  @Sendable static func positions() -> Drawing {
    var drawing = Drawing(width: 800, height: 330, title: "Which Φ edits which prompt token")
    let positions = Positions.ends(prefix: 2, suffix: 3)
    let colors: [String: Drawing.Color] = [
      "shared": .blue, "prefix": .blue, "suffix": .orange, "prefix.0": .blue, "prefix.1": .purple,
      "suffix.0": .orange, "suffix.1": .green, "suffix.2": .grey,
    ]
    for (panel, sharing) in Sharing.allCases.enumerated() {
      let left = 56 + 250 * Double(panel)
      drawing.text("sharing \(sharing.rawValue)", at: .init(left, 28), size: 15, bold: true)
      let groups = sharing.groups(of: positions)
      for n in 1...8 {
        let y = 20 + 26 * Double(n)
        if panel == 0 {
          drawing.text("n = \(n)", at: .init(46, y + 16), color: .grey, anchor: .end)
        }
        for token in 0..<n {
          let group = groups.first {
            $0.ranges(ofPrompt: n, of: positions).joined().contains(token)
          }
          let fill = group.flatMap { colors[$0.name] } ?? .light
          drawing.rectangle(
            x: left + 26 * Double(token), y: y, width: 22, height: 22, fill: fill, rounded: 3)
        }
      }
      for (k, group) in groups.enumerated() {
        let (x, y) = (left + 74 * Double(k % 3), 272 + 24 * Double(k / 3))
        drawing.rectangle(
          x: x, y: y, width: 12, height: 12, fill: colors[group.name] ?? .light, rounded: 2)
        drawing.text(group.name, at: .init(x + 17, y + 11), size: 12)
      }
    }
    return drawing
  }
}

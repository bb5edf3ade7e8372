@testable import TinyReFT

extension Figures {
  /// Every hidden state of a small decoder: edited, changed by an edit elsewhere, or the base's.
  @Sendable static func interventions() -> Drawing {
    var drawing = Drawing(width: 660, height: 290, title: "What an intervention changes")
    let decoder = Decoder(
      DecoderConfiguration(
        vocabularySize: 9, hiddenSize: 8, layerCount: 4, headCount: 2, feedForwardSize: 16,
        contextLength: 8), seed: 1)
    let reft = ReFT<LoReFT>(
      rank: 1, width: 8, layers: [1], positions: .ends(prefix: 0, suffix: 2), sharing: .side,
      start: .random, seed: 1)
    let batch = Batch([TokenSequence(tokens: Array(1...8), promptLength: 5)])
    let base = AdaptedDecoder(decoder, Unadapted()).forward(batch).cache.hidden
    let adapted = AdaptedDecoder(decoder, reft).forward(batch).cache.hidden
    let edited = reft.interventions[0].positions
      .ranges(ofPrompt: 5, of: reft.positions).joined()
    for l in base.indices {
      let y = 208 - 44 * Double(l)
      drawing.text(
        l == 0 ? "embeddings" : "after block \(l - 1)", at: .init(116, y + 21), anchor: .end)
      for i in batch.tokens.indices {
        let same = adapted[l].gathered(rows: [i]) == base[l].gathered(rows: [i])
        let fill = same ? Drawing.Color.light : l == 2 && edited.contains(i) ? .blue : .orange
        let x = 130 + 44 * Double(i) + (i < 5 ? 0 : 16)
        drawing.rectangle(x: x, y: y, width: 36, height: 34, fill: fill, rounded: 5)
        if fill == .blue {
          drawing.text("Φ", at: .init(x + 18, y + 22), size: 15, color: .white, anchor: .middle)
        }
      }
    }
    for (text, from, to) in [("prompt", 130.0, 342.0), ("completion", 366, 490)] {
      drawing.line(.init(from, 254), .init(to, 254), color: .grey)
      drawing.text(text, at: .init((from + to) / 2, 272), color: .grey, anchor: .middle)
    }
    for (text, y, color) in [
      ("edited", 42.0, Drawing.Color.blue), ("sees the edit", 72, .orange),
      ("as in the base", 102, .light),
    ] {
      drawing.rectangle(x: 516, y: y, width: 16, height: 16, fill: color, rounded: 3)
      drawing.text(text, at: .init(540, y + 13))
    }
    return drawing
  }
}

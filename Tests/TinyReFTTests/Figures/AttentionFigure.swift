@testable import TinyReFT

extension Figures {
  /// The weights P of one head over two sequences laid end to end, each as a square of that area.
  @Sendable static func attention() -> Drawing {
    let (sequences, count) = ([0..<3, 3..<8], 8)
    let sizes = DecoderConfiguration(
      vocabularySize: 1, hiddenSize: 2 * count, layerCount: 1, headCount: 1, headWidth: count,
      feedForwardSize: 1, contextLength: count)
    var layer = Decoder(sizes, seed: 5).blocks[0].attention
    // Row j of x is eight random numbers and then unit vector j. With values that are the unit
    // vectors, and nothing done to the output, row i of y is row i of P.
    let unit = Tensor((0..<count).map { i in (0..<count).map { $0 == i ? 1 : 0 } })
    let zeros = Tensor.zeros(like: unit)
    var x = Tensor(repeating: 0, rows: count, columns: 2 * count)
    x[rows: 0..<count, columns: 0..<count] = 3 * Tensor.random(rows: count, columns: count, seed: 6)
    x[rows: 0..<count, columns: count..<2 * count] = unit
    (layer.values.weight, layer.output.weight) = (zeros, unit)
    layer.values.weight.append(unit)
    layer.values.weight = layer.values.weight.transposed
    layer.output.weight.append(zeros)
    let turns = layer.rotary.turns(at: sequences.flatMap { Array(0..<$0.count) })
    let weights = layer.forward(x, Rows(sequences, turns: turns)).y

    var drawing = Drawing(width: 420, height: 340, title: "Attention weights of two sequences")
    let (left, top, cell) = (110.0, 56.0, 32.0)
    drawing.text("keys 0 … 7", at: .init(left + 4 * cell, 24), anchor: .middle)
    drawing.text("queries", at: .init(left - 34, top + 4 * cell), anchor: .end)
    for i in 0..<count {
      let middle = (Double(i) + 0.5) * cell
      drawing.text("\(i)", at: .init(left + middle, top - 10), color: .grey, anchor: .middle)
      drawing.text("\(i)", at: .init(left - 10, top + middle + 4), color: .grey, anchor: .end)
      for j in 0..<count {
        let (x, y) = (left + Double(j) * cell, top + Double(i) * cell)
        let isSeen = j <= i && sequences.contains { $0.contains(i) && $0.contains(j) }
        drawing.rectangle(
          x: x, y: y, width: cell, height: cell, fill: isSeen ? nil : .light, stroke: .light)
        let side = Double(weights[i, j]).squareRoot() * (cell - 4)
        drawing.rectangle(
          x: x + (cell - side) / 2, y: y + (cell - side) / 2, width: side, height: side,
          fill: .blue)
      }
    }
    return drawing
  }
}

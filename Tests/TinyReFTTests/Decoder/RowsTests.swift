import Testing

@testable import TinyReFT

@Suite("Rows (docs/43-frozen-base.md)")
struct RowsTests {
  @Test("rows that are not asked for change none that are, forward and backward, bit for bit")
  func asked() {
    let past = PastTests()
    let (block, x, dy, whole) = (past.block, past.x, past.dy, past.whole)
    let asked = [2, 3, 4, 6, 7]
    let part = Rows(whole, making: [0..<3, 3..<5])
    let (y, cache) = block.forward(x, part)
    let (wholeY, wholeCache) = block.forward(x, whole)
    #expect(y == wholeY.gathered(rows: asked))
    // To the loss, rows that it does not read are rows with a gradient of zero.
    var wholeDy = Tensor.zeros(like: dy)
    wholeDy.scatterAdd(dy.gathered(rows: asked), rows: asked)
    var (gradient, wholeGradient) = (block.zeroed, block.zeroed)
    let dx = block.backward(dy.gathered(rows: asked), cache, into: &gradient).dx
    #expect(dx == block.backward(wholeDy, wholeCache, into: &wholeGradient).dx)
    for (part, whole) in zip(gradient.parameters, wholeGradient.parameters) {
      expectClose(part.tensor, whole.tensor)
    }
  }

  @Test("to ask for all rows costs nothing, and to ask for others adds where they stand")
  func answering() {
    let rows = PastTests().whole
    let x = Tensor.random(rows: 8, columns: 2, seed: 1)
    #expect(Rows(rows, making: [0..<5, 5..<8]).made(of: x) == x)
    let last = Rows(rows, making: [0..<1, 1..<2])
    #expect(last.made(of: x) == x.gathered(rows: [4, 7]))
    var sum = Tensor.zeros(like: x)
    last.add(last.made(of: x), toMadeOf: &sum)
    #expect(sum.gathered(rows: [4, 7]) == last.made(of: x))
    #expect(sum.gathered(rows: [0, 1, 2, 3, 5, 6]).largestMagnitude == 0)
  }
}

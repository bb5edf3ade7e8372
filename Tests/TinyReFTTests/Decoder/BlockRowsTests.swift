import Testing

@testable import TinyReFT

@Suite("Block rows (docs/43-frozen-base.md)")
struct BlockRowsTests {
  let rotary = RotaryEmbedding(headWidth: 2, base: 10_000)
  let block: Block
  /// Two sequences, of 5 and 3 tokens.
  let x = Tensor.random(rows: 8, columns: 6, seed: 2)
  let dy = Tensor.random(rows: 8, columns: 6, seed: 3)
  let whole: BlockRows

  init() {
    var stream = RandomStream(seed: 1)
    block = Block(BlockTests.configuration, using: &stream)
    whole = BlockRows([0..<5, 5..<8], turns: rotary.turns(at: [0, 1, 2, 3, 4, 0, 1, 2]))
  }

  private func rows(_ x: Tensor, _ rows: [Int]) -> Tensor { x.gathered(rows: rows) }

  @Test("rows that are not made change none that are, forward and backward, bit for bit")
  func madeRows() {
    let made = [2, 3, 4, 6, 7]
    let part = BlockRows(whole.sequences, turns: whole.turns, made: [2..<5, 6..<8])
    let (y, cache) = block.forward(x, part)
    let (wholeY, wholeCache) = block.forward(x, whole)
    #expect(y == rows(wholeY, made))
    // To the loss, rows that it does not read are rows with a gradient of zero.
    var wholeDy = Tensor.zeros(like: dy)
    wholeDy.scatterAdd(rows(dy, made), rows: made)
    var (gradient, wholeGradient) = (block.zeroed, block.zeroed)
    let dx = block.backward(rows(dy, made), cache, into: &gradient).dx
    #expect(dx == block.backward(wholeDy, wholeCache, into: &wholeGradient).dx)
    for (part, whole) in zip(gradient.parameters, wholeGradient.parameters) {
      expectClose(part.tensor, whole.tensor)
    }
  }

  @Test("keys and values that were kept stand for the rows that they are of, bit for bit")
  func earlierKeys() {
    let (_, wholeCache) = block.forward(x, whole)
    let (keys, values) = (wholeCache.attention.k, wholeCache.attention.v)
    func kept(_ rows: Range<Int>) -> KeysAndValues {
      let columns = 0..<keys.columns
      return KeysAndValues(
        keys: keys[rows: rows, columns: columns], values: values[rows: rows, columns: columns])
    }
    // Of the first sequence two tokens are kept, of the second none.
    let own = [2, 3, 4, 5, 6, 7]
    let part = BlockRows(
      [0..<3, 3..<6], turns: rotary.turns(at: [2, 3, 4, 0, 1, 2]),
      earlier: [kept(0..<2), kept(5..<5)])
    let (y, cache) = block.forward(rows(x, own), part)
    #expect(y == rows(block.forward(x, whole).y, own))
    var wholeDy = dy
    for i in 0..<2 { for j in 0..<6 { wholeDy[i, j] = 0 } }
    var (gradient, wholeGradient) = (block.frozen, block.frozen)
    let dx = block.backward(rows(dy, own), cache, into: &gradient).dx
    #expect(dx == rows(block.backward(wholeDy, wholeCache, into: &wholeGradient).dx, own))
  }
}

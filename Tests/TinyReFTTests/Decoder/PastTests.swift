import Testing

@testable import TinyReFT

@Suite("Past (docs/28-generation.md)")
struct PastTests {
  let rotary = RotaryEmbedding(headWidth: 2, base: 10_000)
  let block: Block
  /// Two sequences, of 5 and 3 tokens.
  let x = Tensor.random(rows: 8, columns: 6, seed: 2)
  let dy = Tensor.random(rows: 8, columns: 6, seed: 3)
  let whole: Rows

  init() {
    var stream = RandomStream(seed: 1)
    block = Block(BlockTests.configuration, using: &stream)
    whole = Rows([0..<5, 5..<8], turns: rotary.turns(at: [0, 1, 2, 3, 4, 0, 1, 2]))
  }

  private func past(_ numbers: [Scalar], _ counts: [Int]) -> Past {
    let keys = Tensor(rows: numbers.count, columns: 1, elements: numbers)
    return Past(keys: keys, values: 10 * keys, counts: counts)
  }

  @Test("by hand: each sequence's new tokens come behind its own, and go from there backwards")
  func byHand() {
    var all = Past.none(sequences: 2)
    all.append(past([1, 2, 3], [2, 1]))
    #expect((all.keys.elements, all.counts) == ([1, 2, 3], [2, 1]))
    all.append(past([4, 5, 6], [1, 2]))
    #expect(all.keys.elements == [1, 2, 4, 3, 5, 6])
    #expect(all.values.elements == [10, 20, 40, 30, 50, 60])
    #expect((all.counts, all.sequences) == ([3, 3], [0..<3, 3..<6]))
    let (earlier, new) = all.split(all.keys, new: [0..<1, 1..<3])
    #expect((earlier.elements, new.elements) == ([1, 2, 3], [4, 5, 6]))
    // A sequence may have nothing before the batch.
    var one = past([7], [0, 1])
    one.append(past([8, 9], [1, 1]))
    #expect((one.keys.elements, one.counts) == ([8, 7, 9], [1, 2]))
    let joined = Past(endToEnd: [.none(sequences: 1), past([3], [1])])
    #expect((joined.keys.elements, joined.counts) == ([3], [0, 1]))
  }

  @Test("a single sequence grows in place: what it has read is not copied")
  func inPlace() {
    var one = past([1, 2], [2])
    for k in 3...50 { one.append(past([Scalar(k)], [1])) }
    #expect(one.keys.elements == (1...50).map { Scalar($0) })
    #expect((one.counts, one.keys.rows) == ([50], 50))
  }

  @Test("what was kept stands for the rows that it is of, bit for bit")
  func kept() {
    let (wholeY, wholeCache) = block.forward(x, whole)
    let seen = wholeCache.attention.past
    // Of the first sequence two tokens are kept, of the second none.
    let own = [2, 3, 4, 5, 6, 7]
    var past = Past(endToEnd: [seen[0..<2], .none(sequences: 1)])
    let part = Rows([0..<3, 3..<6], turns: rotary.turns(at: [2, 3, 4, 0, 1, 2]))
    let (y, cache) = block.forward(x.gathered(rows: own), part, after: &past)
    #expect(y == wholeY.gathered(rows: own))
    #expect((past.keys, past.values, past.counts) == (seen.keys, seen.values, [5, 3]))
    var wholeDy = dy
    for i in 0..<2 { for j in 0..<6 { wholeDy[i, j] = 0 } }
    var (gradient, wholeGradient) = (block.frozen, block.frozen)
    let (dx, dPast) = block.backward(dy.gathered(rows: own), cache, into: &gradient)
    let wholeDx = block.backward(wholeDy, wholeCache, into: &wholeGradient).dx
    #expect(dx == wholeDx.gathered(rows: own))
    #expect(dPast.keys.rows == 2 && dPast.values.largestMagnitude > 0)
  }

  @Test("the gradient of earlier keys and values is that of the loss")
  func gradients() {
    let width = block.attention.keys.weight.rows
    let earlier = Past(
      keys: .random(rows: 3, columns: width, seed: 4),
      values: .random(rows: 3, columns: width, seed: 5), counts: [2, 1])
    let rows = Rows([0..<5, 5..<8], turns: rotary.turns(at: [2, 3, 4, 5, 6, 1, 2, 3]))
    func run(_ past: Past) -> (y: Tensor, cache: Block.Cache) {
      var past = past
      return block.forward(x, rows, after: &past)
    }
    var frozen = block.frozen
    let dPast = block.backward(dy, run(earlier).cache, into: &frozen).dPast
    let keys = gradientError(dPast.keys, at: earlier.keys) { keys in
      run(Past(keys: keys, values: earlier.values, counts: [2, 1])).y.dot(dy)
    }
    let values = gradientError(dPast.values, at: earlier.values) { values in
      run(Past(keys: earlier.keys, values: values, counts: [2, 1])).y.dot(dy)
    }
    #expect(max(keys, values) < modelTolerance)
  }
}

import Testing

@testable import TinyReFT

@Suite("Block (docs/26-decoder.md)")
struct BlockTests {
  static let configuration = DecoderConfiguration(
    vocabularySize: 1, hiddenSize: 6, layerCount: 1, headCount: 4, keyValueHeadCount: 2,
    headWidth: 2, feedForwardSize: 9, contextLength: 8)

  let sequences = [0..<2, 2..<5]
  let turns = RotaryEmbedding(headWidth: 2, base: 10_000).turns(at: [0, 1, 0, 1, 2])
  let block: Block
  let x = Tensor.random(rows: 5, columns: 6, seed: 2)
  let dy = Tensor.random(rows: 5, columns: 6, seed: 3)

  init() {
    var stream = RandomStream(seed: 1)
    block = Block(Self.configuration, using: &stream)
  }

  @Test("a block that writes nothing lets the stream pass, both ways, bit for bit")
  func residualStream() {
    var silent = block
    silent.attention.output.weight = .zeros(like: block.attention.output.weight)
    silent.feedForward.down.weight = .zeros(like: block.feedForward.down.weight)
    let (y, cache) = silent.forward(x, Rows(sequences, turns: turns))
    #expect(y == x)
    var gradient = silent.zeroed
    #expect(silent.backward(dy, cache, into: &gradient).dx == dy)
  }

  @Test("dx and every part's gradient agree with central differences")
  func gradients() {
    expectGradients(
      of: block, at: x,
      loss: { block, x in block.forward(x, Rows(sequences, turns: turns)).y.dot(dy) },
      backward: { block, x, gradient in
        block.backward(
          dy, block.forward(x, Rows(sequences, turns: turns)).cache, into: &gradient
        ).dx
      })
  }

  @Test("each part reads a normed copy: a longer row gets the same additions")
  func normedFirst() {
    var block = block
    block.feedForward.down.weight = .zeros(like: block.feedForward.down.weight)
    block.attentionNorm = RMSNorm(width: 6, epsilon: 0)
    let added = block.forward(x, Rows(sequences, turns: turns)).y - x
    let addedToLonger = block.forward(4 * x, Rows(sequences, turns: turns)).y - 4 * x
    expectClose(added, addedToLonger)
  }

  @Test("what a block writes starts smaller the more blocks there are: by 1/√(2L)")
  func startingScale() {
    var c = Self.configuration
    (c.hiddenSize, c.feedForwardSize, c.layerCount) = (64, 128, 8)
    var stream = RandomStream(seed: 1)
    let block = Block(c, using: &stream)
    // 2L = 16, so the deviation is a quarter of 1/√in, for both matrices that write.
    for linear in [block.attention.output, block.feedForward.down] {
      let w = linear.weight
      let deviation = (w.dot(w) / Double(w.count)).squareRoot()
      #expect(abs(deviation * Double(w.columns).squareRoot() - 0.25) < 0.02)
    }
  }

  @Test(.disabled("exercise 26.1: both parts read the stream as it enters the block"))
  func exercise() {
    // y = x + Attention(RMSNorm(x)) + SwiGLU(RMSNorm(x)), each with its own norm.
    let attended = block.attention.forward(
      block.attentionNorm.forward(x).y, Rows(sequences, turns: turns)
    ).y
    let fed = block.feedForward.forward(block.feedForwardNorm.forward(x).y).y
    let y = block.forward(x, Rows(sequences, turns: turns)).y
    expectClose(y, x + attended + fed)
    gradients()
  }
}

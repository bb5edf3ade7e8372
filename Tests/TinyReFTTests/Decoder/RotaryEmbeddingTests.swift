import Testing

@testable import TinyReFT

@Suite("Rotary embedding (docs/23-rotary-embedding.md)")
struct RotaryEmbeddingTests {
  static let rotary = RotaryEmbedding(headWidth: 4, base: 10_000)

  @Test("by hand: position 2 turns two pairs by 2 radians and by 1")
  func workedExample() {
    // θ = 4 and w = 4, so the frequencies are 4⁰ = 1 and 4^(−2/4) = 1/2.
    let rotary = RotaryEmbedding(headWidth: 4, base: 4)
    #expect(rotary.frequencies == [1, 0.5])

    // The pairs of [1, 0, 0, 1] are (1, 0), at places 0 and 2, and (0, 1), at places 1 and 3.
    // (1, 0) turns into (cos 2, sin 2), and (0, 1) into (−sin 1, cos 1).
    let turns = rotary.turns(at: [2])
    let y = rotary.forward(Tensor([[1, 0, 0, 1]]), turns)
    expectClose(y, [-0.41614684, -0.84147098, 0.90929743, 0.54030231], tolerance: 1e-7)

    // Turned back, it is what it was.
    expectClose(rotary.backward(y, turns), [1, 0, 0, 1])
  }

  @Test("dx agrees with central differences", arguments: [([3], 2), ([0, 1, 2, 0, 1], 3)])
  func gradients(positions: [Int], heads: Int) {
    let turns = Self.rotary.turns(at: positions)
    let x = Tensor.random(rows: positions.count, columns: 4 * heads, seed: 2)
    let dy = Tensor.random(rows: positions.count, columns: 4 * heads, seed: 3)
    let error = gradientError(Self.rotary.backward(dy, turns), at: x) {
      Self.rotary.forward($0, turns).dot(dy)
    }
    #expect(error < gradientTolerance)
  }

  @Test("the product of query and key depends on their distance alone", arguments: [0, 1, 5])
  func distance(apart: Int) {
    let q = Tensor.random(columns: 4, seed: 1)
    let k = Tensor.random(columns: 4, seed: 2)
    func score(_ query: Int, _ key: Int) -> Double {
      Self.rotary.forward(q, Self.rotary.turns(at: [query]))
        .dot(Self.rotary.forward(k, Self.rotary.turns(at: [key])))
    }
    let tolerance = 100 * Double(Scalar.ulpOfOne)
    for key in [1, 7, 1000] {
      #expect(abs(score(key + apart, key) - score(apart, 0)) < tolerance)
    }
    // Which of the two comes first matters: a query does not look at a later key in the same way.
    if apart > 0 { #expect(abs(score(0, apart) - score(apart, 0)) > 0.01) }
  }

  @Test("a turn changes no length")
  func lengths() {
    let x = Tensor.random(rows: 5, columns: 12, seed: 1)
    let y = Self.rotary.forward(x, Self.rotary.turns(at: [0, 3, 10, 100, 1000]))
    for i in 0..<x.rows {
      let (before, after) = (x.gathered(rows: [i]), y.gathered(rows: [i]))
      #expect(abs(before.dot(before) - after.dot(after)) < 100 * Double(Scalar.ulpOfOne))
    }
  }

  @Test("by hand: Llama 3 leaves quick pairs alone, slows slow ones, and mixes between")
  func scaledByHand() {
    let scaling = RotaryScaling(factor: 4, lowTurns: 1, highTurns: 5, originalContextLength: 10)
    // A pair that turns so often in 10 tokens turns `before` times 2π / 10 radians a token. Halfway
    // between 1 and 5, s = (3 − 1) / (5 − 1) = 1/2, and 3 · (1/2 + 1/2 · 1/4) = 15/8.
    for (before, after) in [(8, 8), (5, 5), (3, 1.875), (1, 0.25), (0.5, 0.125)] {
      let unit = 2 * Double.pi / 10
      #expect(abs(scaling.scaled(before * unit) - after * unit) < 1e-15)
    }
  }

  @Test("the frequencies of Llama-3.2-1B are those of transformers")
  func scaledAsTransformers() throws {
    let scaling = RotaryScaling(
      factor: 32, lowTurns: 1, highTurns: 4, originalContextLength: 8192)
    let rotary = RotaryEmbedding(headWidth: 64, base: 500_000, scaling: scaling)
    let file = try Safetensors.read(fixture("sharded/llama3.safetensors"))
    let expected = try #require(file.tensors["frequencies"]?.tensor)
    for (ours, theirs) in zip(rotary.frequencies, expected.elements) {
      #expect(abs(ours / Double(theirs) - 1) < 1e-6)
    }
    #expect(rotary.frequencies.count == expected.count)
  }

  @Test("every head of a row turns alike, each by itself")
  func heads() {
    let x = Tensor.random(rows: 2, columns: 4, seed: 1)
    let turns = Self.rotary.turns(at: [3, 8])
    var both = Tensor(repeating: 0, rows: 2, columns: 8)
    both[rows: 0..<2, columns: 0..<4] = x
    both[rows: 0..<2, columns: 4..<8] = -2 * x
    let y = Self.rotary.forward(both, turns)
    #expect(y[rows: 0..<2, columns: 0..<4] == Self.rotary.forward(x, turns))
    #expect(y[rows: 0..<2, columns: 4..<8] == -2 * Self.rotary.forward(x, turns))
  }

  @Test("position 0 leaves every bit alone")
  func start() {
    let x = Tensor.random(rows: 2, columns: 8, seed: 1)
    #expect(Self.rotary.forward(x, Self.rotary.turns(at: [0, 0])) == x)
  }

  @Test("an odd width, or more turns than rows, traps")
  func traps() async {
    await #expect(processExitsWith: .failure) { _ = RotaryEmbedding(headWidth: 3, base: 4) }
    await #expect(processExitsWith: .failure) {
      _ = Self.rotary.forward(Tensor([[1, 2, 3, 4]]), Self.rotary.turns(at: [1, 2]))
    }
  }

  /// For exercise 23.1: `rotary.forward`, but in the layout of the paper's eq. 15.
  private func forwardAsInThePaper(
    _ x: Tensor, _ rotary: RotaryEmbedding, _ turns: RotaryEmbedding.Turns
  ) -> Tensor {
    rotary.forward(x, turns)
  }

  @Test(.disabled("exercise 23.1: reorder the columns in forwardAsInThePaper, before and after"))
  func exercise() {
    // The pairs of [1, 0, 0, 1] are now (1, 0) and (0, 1) as they stand.
    let rotary = RotaryEmbedding(headWidth: 4, base: 4)
    let y = forwardAsInThePaper(Tensor([[1, 0, 0, 1]]), rotary, rotary.turns(at: [2]))
    expectClose(y, [-0.41614684, 0.90929743, -0.84147098, 0.54030231], tolerance: 1e-7)
  }
}

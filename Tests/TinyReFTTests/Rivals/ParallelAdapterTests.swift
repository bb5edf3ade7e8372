import Testing

@testable import TinyReFT

@Suite("Parallel adapter (docs/70-rivals.md)")
struct ParallelAdapterTests {
  @Test("by hand: s = 3 times the bottleneck of what the matrix reads")
  func byHand() {
    var stream = RandomStream(seed: 2)
    var adapter = ParallelAdapter(
      bottleneck: Bottleneck(from: 2, to: 2, size: 1, using: &stream), scale: 3)
    adapter.walk("", BottleneckTests.worked)
    // What was made is only added to. Δ = [2, 5].
    let (y, kept) = adapter.forward(
      Tensor([[1, 1]]), from: Tensor([[BottleneckTests.half, 0]]))
    expectClose(y, [7, 16])

    // dy goes on as it is; dx = 3 · [10.5, 10.5].
    var gradient = adapter.zeroed
    let (dy, dx) = adapter.backward(Tensor([[1, 1]]), kept, into: &gradient)
    #expect(dy == Tensor([[1, 1]]))
    expectClose(dx ?? .none, [31.5, 31.5])
    expectClose(gradient.bottleneck.up, [1.5, 1.5])
  }

  @Test("one hangs beside up_proj and one beside down_proj, in their shapes")
  func places() throws {
    let block = SmallDecoder.model(ParallelAdapter.self).decoder.blocks[0]
    let up = try #require(block[.up].attached as? ParallelAdapter).bottleneck
    let down = try #require(block[.down].attached as? ParallelAdapter).bottleneck
    #expect([up.down, up.up].map(\.shape) == ["[2, 6]", "[5, 2]"])
    #expect([down.down, down.up].map(\.shape) == ["[2, 5]", "[6, 2]"])
    #expect(block[.gate].attached == nil && up.down != down.down)
  }

  @Test("as many numbers as the paper prints, in percent")
  func counts() {
    for (base, printed) in [(RivalTests.llama7B, 3.542), (RivalTests.llama13B, 2.894)] {
      let share = RivalTests.percent(ParallelAdapter.self, size: 256, of: base)
      #expect(share.ofBoth == printed)
    }
  }
}

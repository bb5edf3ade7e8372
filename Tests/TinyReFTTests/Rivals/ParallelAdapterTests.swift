import Testing

@testable import TinyReFT

@Suite("Parallel adapter (docs/70-rivals.md)")
struct ParallelAdapterTests {
  @Test("by hand: beside up_proj, s = 3 times the bottleneck of what it reads")
  func byHand() {
    var adapter = LoRATests.part(ParallelAdapter.self, alpha: 3)
    #expect(adapter.up.up.shape == Tensor(repeating: 0, rows: 3, columns: 1).shape)
    adapter.walk("", BottleneckTests.worked)
    // What was made is only added to. Δ = [2, 5].
    let (y, cache) = adapter.forward(
      Tensor([[1, 1]]), from: Tensor([[BottleneckTests.half, 0]]), at: .up)
    expectClose(y, [7, 16])

    // dy goes on as it is; x hears 3 · [10.5, 10.5].
    var gradient = adapter.zeroed
    let (dy, dx) = adapter.backward(Tensor([[1, 1]]), cache, at: .up, into: &gradient)
    #expect(dy == Tensor([[1, 1]]))
    expectClose(dx ?? .none, [31.5, 31.5])
    expectClose(gradient.up.up, [1.5, 1.5])
    #expect(gradient.down.up.largestMagnitude == 0)
  }

  @Test("as many numbers as the paper prints, in percent")
  func counts() {
    for (base, printed) in [(RivalTests.llama7B, 3.542), (RivalTests.llama13B, 2.894)] {
      let share = RivalTests.percent(BlockRival<ParallelAdapter>.self, size: 256, of: base)
      #expect(share.ofBoth == printed)
    }
  }
}

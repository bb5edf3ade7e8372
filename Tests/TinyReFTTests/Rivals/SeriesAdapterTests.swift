import Testing

@testable import TinyReFT

@Suite("Series adapter (docs/70-rivals.md)")
struct SeriesAdapterTests {
  @Test(
    "by hand: what was made, and the bottleneck of it",
    arguments: [.attention, .feedForward] as [BlockMap])
  func byHand(map: BlockMap) {
    var adapter = LoRATests.part(SeriesAdapter.self)
    adapter.walk("", BottleneckTests.worked)
    let half = BottleneckTests.half
    // What was read does not matter. Δ = [2, 5].
    let (y, cache) = adapter.forward(Tensor([[half, 0]]), from: Tensor([[7, 7]]), at: map)
    expectClose(y, [half + 2, 5])

    // dy goes on, and through the bottleneck too: [10.5, 10.5].
    var gradient = adapter.zeroed
    let (dy, dx) = adapter.backward(Tensor([[1, 1]]), cache, at: map, into: &gradient)
    expectClose(dy, [11.5, 11.5])
    #expect(dx == nil)
    // Only the bottleneck of this place hears of it.
    #expect((gradient.attention.up.largestMagnitude > 0) == (map == .attention))
    #expect((gradient.feedForward.up.largestMagnitude > 0) == (map == .feedForward))
  }

  @Test("as many numbers as the paper prints, in percent")
  func counts() {
    for (base, printed) in [(RivalTests.llama7B, 1.953), (RivalTests.llama13B, 1.586)] {
      let share = RivalTests.percent(BlockRival<SeriesAdapter>.self, size: 256, of: base)
      #expect(share.ofBoth == printed)
    }
  }
}

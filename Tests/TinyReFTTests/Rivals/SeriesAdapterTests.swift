import Testing

@testable import TinyReFT

@Suite("Series adapter (docs/70-rivals.md)")
struct SeriesAdapterTests {
  @Test("by hand: what was made, and the bottleneck of it")
  func byHand() {
    var stream = RandomStream(seed: 2)
    var adapter = SeriesAdapter(bottleneck: Bottleneck(from: 2, to: 2, size: 1, using: &stream))
    adapter.walk("", BottleneckTests.worked)
    let half = BottleneckTests.half
    // What was read does not matter. Δ = [2, 5].
    let (y, kept) = adapter.forward(Tensor([[half, 0]]), from: Tensor([[7, 7]]))
    expectClose(y, [half + 2, 5])

    // dy goes on, and through the bottleneck too: [10.5, 10.5].
    var gradient = adapter.zeroed
    let (dy, dx) = adapter.backward(Tensor([[1, 1]]), kept, into: &gradient)
    expectClose(dy, [11.5, 11.5])
    #expect(dx == nil)
    #expect(gradient.bottleneck.up.largestMagnitude > 0)
  }

  @Test("one hangs behind attention, one behind the feed-forward layer, of each adapted block")
  func places() {
    let model = SmallDecoder.model(SeriesAdapter.self, layers: [1])
    #expect(
      model.learned.values.sorted()
        == ["mlp", "self_attn"].flatMap { part in
          ["down", "up"].map { "base_model.model.model.layers.1.\(part).adapter_\($0).weight" }
        })
  }

  @Test("as many numbers as the paper prints, in percent")
  func counts() {
    for (base, printed) in [(RivalTests.llama7B, 1.953), (RivalTests.llama13B, 1.586)] {
      let share = RivalTests.percent(SeriesAdapter.self, size: 256, of: base)
      #expect(share.ofBoth == printed)
    }
  }
}

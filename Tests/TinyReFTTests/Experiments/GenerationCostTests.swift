import Testing

@testable import TinyReFT

@Suite("What generation costs (docs/13-benchmark.md)")
struct GenerationCostTests {
  private static let small = Benchmark(
    hidden: 32, feedForward: 8, vocabulary: 40, sequence: 24, batch: 1)

  @Test("rank, layers and positions grow one at a time, as in the paper's appendix H")
  func overhead() {
    let costs = GenerationCost.overhead(Self.small)
    #expect(costs.map(\.rank) == [1, 4, 8, 16, 32] + [8, 8] + [8, 8, 8, 8, 8])
    #expect(costs.map(\.layers) == [1, 1, 1, 1, 1] + [2, 4] + [1, 1, 1, 1, 1])
    #expect(costs.map(\.positions) == [1, 1, 1, 1, 1] + [1, 1] + [2, 4, 6, 8, 10])
    for cost in costs + GenerationCost.measure([Self.small]) {
      for time in [cost.basePrompt, cost.adaptedPrompt, cost.baseToken, cost.adaptedToken] {
        #expect(time > 0 && time.isFinite)
      }
    }
  }
}

import Testing

@testable import TinyReFT

@Suite("Alignment search (docs/35-interchange.md)")
struct AlignmentSearchTests {
  /// A decoder that has not learned the task yet: for what does not depend on that.
  private static func young() throws -> AlignmentSearch {
    let decoder = try HierarchicalEquality.decoder(seed: 1, steps: 20, threads: 1) { _ in }
    return AlignmentSearch(decoder, at: .init(layer: 0, token: 2), rank: 2, seed: 1)
  }

  @Test("eight places: four tokens after each of two blocks")
  func places() {
    let places = AlignmentSearch.places(of: HierarchicalEquality.configuration)
    #expect(places.count == 8)
    #expect(places.first == .init(layer: 0, token: 1) && places.last == .init(layer: 1, token: 4))
  }

  @Test("the gradient of the search is the slope of its loss")
  func gradients() throws {
    let search = try Self.young()
    var stream = RandomStream(seed: 5)
    let swaps = HierarchicalEquality.swaps(4, heldOut: false, using: &stream)
    let swap = search.randomInterchange()
    let error = gradientError(search.lossAndGradient(of: swap, on: swaps).gradient.A, at: swap.A) {
      search.lossAndGradient(of: Interchange(A: $0), on: swaps).loss
    }
    #expect(error < 100 * gradientTolerance, "relative error \(error)")
  }

  @Test("the same search twice is the same, and another draw is another subspace")
  func deterministic() throws {
    let search = try Self.young()
    #expect(search.run(steps: 3) == search.run(steps: 3))
    #expect(search.run(steps: 3) != search.randomInterchange())
    #expect(search.randomInterchange(1) != search.randomInterchange())
  }

  @Test("a subspace and its rest are the whole space")
  func rest() throws {
    let search = try Self.young()
    let swap = search.randomInterchange()
    let rest = search.rest(of: swap)
    #expect(rest.A.rows == 30)
    expectClose(matmul(swap.R, transposed: rest.R), Tensor(repeating: 0, rows: 2, columns: 30))
  }

  @Test("a decoder that answers every line with yes is at chance, whatever is swapped")
  func chance() throws {
    var search = try Self.young()
    var decoder = search.decoder
    // Without blocks that write, the last symbol's embedding decides: the same for all symbols.
    for l in 0..<2 {
      decoder.blocks[l].attention.output.weight = Tensor(repeating: 0, rows: 32, columns: 32)
      decoder.blocks[l].feedForward.down.weight = Tensor(repeating: 0, rows: 32, columns: 64)
    }
    for symbol in 0..<16 {
      for k in 0..<32 { decoder.embedding.weight[symbol, k] = decoder.embedding.weight[17, k] / 2 }
    }
    search = AlignmentSearch(decoder, at: search.place, rank: 2, seed: 1)
    search.pairCount = 160
    #expect(search.decoderAccuracy == 0.5)
    let result = search.result(steps: 1)
    #expect(result.learned == 0.5 && result.random == 0.5 && result.everything == 0.5)
    #expect(result.token == "b" && result.layer == 0)
  }

  #if !DEBUG
    /// The whole of it, as `tinyreft das` runs it, at the place and beside it.
    @Test("one direction at b after block 0 holds V: learned above 0.95, random at chance")
    func found() throws {
      let decoder = try HierarchicalEquality.decoder(seed: 1, threads: 2) { _ in }
      let b = AlignmentSearch(decoder, at: .init(layer: 0, token: 2), rank: 1, seed: 1)
      let result = b.result(steps: AlignmentSearch.defaultSteps)
      #expect(b.decoderAccuracy >= 0.99)
      #expect(result.learned >= 0.95 && result.everything >= 0.95 && result.rest < 0.7)
      #expect(abs(result.random - 0.5) < 0.05 && result.bestRandom < 0.7)
      let c = AlignmentSearch(decoder, at: .init(layer: 0, token: 3), rank: 1, seed: 1)
      #expect(abs(c.result(steps: AlignmentSearch.defaultSteps).learned - 0.5) < 0.1)
    }
  #endif
}

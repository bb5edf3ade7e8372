import Testing

@testable import TinyReFT

@Suite("Interchange at a place (docs/35-interchange.md)")
struct PlacedInterchangeTests {
  private let decoder = Decoder(DecoderTests.configuration, seed: 1)
  private let batch = Batch([
    TokenSequence(tokens: [1, 2, 3, 4], promptLength: 3),
    TokenSequence(tokens: [5, 6, 7], promptLength: 2),
  ])
  private let sources = Tensor.random(rows: 2, columns: 6, seed: 3)

  private func model(_ swap: Interchange, layer: Int) -> AdaptedDecoder<PlacedInterchange> {
    AdaptedDecoder(
      decoder,
      PlacedInterchange(swap, at: .init(layer: layer, token: 1), sources: sources))
  }

  @Test("one token of each sequence becomes its source, after one block; no other row moves")
  func rows() {
    let model = model(.everything(width: 6), layer: 0)
    let plain = AdaptedDecoder(decoder, Unadapted()).forward(batch).cache.hidden
    let swapped = model.forward(batch).cache.hidden
    // Token 1 stands in row 1 of the first sequence and, the first being four long, in row 5.
    expectClose(swapped[1].gathered(rows: [1, 5]), sources)
    let others = [0, 2, 3, 4, 6]
    #expect(swapped[1].gathered(rows: others) == plain[1].gathered(rows: others))
    let first = model.adaptation.firstEdit(ofPrompt: 4)
    #expect(first?.block == 0 && first?.token == 1)
    // Later tokens see it, earlier ones do not.
    #expect(swapped[2].gathered(rows: [0, 4]) == plain[2].gathered(rows: [0, 4]))
    #expect(swapped[2].gathered(rows: [2]) != plain[2].gathered(rows: [2]))
  }

  @Test("through the decoder, every gradient agrees with central differences", arguments: [0, 1])
  func gradients(layer: Int) {
    let model = model(Interchange(A: .random(rows: 2, columns: 6, seed: 4)), layer: layer)
    // After the last block the swap reaches only rows that the loss reads: token 1 is one of them.
    let batch = Batch([
      TokenSequence(tokens: [1, 2, 3], promptLength: 2),
      TokenSequence(tokens: [5, 6, 7], promptLength: 2),
    ])
    func loss(_ model: AdaptedDecoder<PlacedInterchange>) -> Double {
      CrossEntropy.forward(model.forward(batch).logits, targets: batch.targets.map(\.token)).loss
    }
    var gradient = model.zeroed
    let (logits, cache) = model.forward(batch)
    let lossCache = CrossEntropy.forward(logits, targets: batch.targets.map(\.token)).cache
    model.backward(CrossEntropy.backward(lossCache, weight: 1), cache, into: &gradient)
    for check in checkParameterGradients(of: model, gradient: gradient, loss: loss) {
      #expect(check.error < 100 * gradientTolerance, "\(check.name): \(check.error)")
    }
  }

  @Test("a sequence without such a token traps")
  func traps() async {
    await #expect(processExitsWith: .failure) {
      let batch = Batch([
        TokenSequence(tokens: [1], promptLength: 1),
        TokenSequence(tokens: [2, 3], promptLength: 1),
      ])
      // Row 1 is there: it is the first token of the second sequence.
      _ = PlacedInterchange.Place(layer: 0, token: 1).rows(of: batch)
    }
  }
}

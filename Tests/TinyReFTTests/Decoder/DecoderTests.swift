import Testing

@testable import TinyReFT

@Suite("Decoder (docs/26-decoder.md)")
struct DecoderTests {
  static let configuration = DecoderConfiguration(
    vocabularySize: 11, hiddenSize: 6, layerCount: 2, headCount: 4, keyValueHeadCount: 2,
    headWidth: 2, feedForwardSize: 5, contextLength: 16)

  @Test("every gradient of decoder and interventions", arguments: [true, false], Sharing.allCases)
  func gradients(tied: Bool, sharing: Sharing) {
    var c = Self.configuration
    c.tiesEmbeddings = tied
    let decoder = Decoder(c, seed: 1)
    var reft = ReFT<LoReFT>(
      rank: 2, width: 6, layers: [0, 1], positions: .ends(prefix: 1, suffix: 2), sharing: sharing,
      start: .random, seed: 2)
    reft.dropout = 0.25
    let model = AdaptedDecoder(decoder, reft)
    let batch = Batch(
      [
        TokenSequence(tokens: [1, 2, 3, 4, 5, 6, 7], promptLength: 4),
        TokenSequence(tokens: [8, 9, 10], promptLength: 1),
        TokenSequence(tokens: [0, 3, 3, 1, 2], promptLength: 3),
      ], dropoutSeed: 3)
    func loss(_ m: AdaptedDecoder<ReFT<LoReFT>>) -> Double {
      let (logits, _) = m.forward(batch)
      return CrossEntropy.forward(logits, targets: batch.targets.map(\.token)).loss
    }
    let (logits, cache) = model.forward(batch)
    let (_, lossCache) = CrossEntropy.forward(logits, targets: batch.targets.map(\.token))
    var gradient = model.zeroed
    model.backward(CrossEntropy.backward(lossCache, weight: 1), cache, into: &gradient)
    for row in checkParameterGradients(of: model, gradient: gradient, loss: loss) {
      if tied && sharing == .side { print(row) }
      #expect(row.error < 1e-6, "\(row.name): \(row.error)")
    }
  }
}

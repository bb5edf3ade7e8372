import Testing

@testable import TinyReFT

@Suite("What learns (docs/70-rivals.md)")
struct TrainedTests {
  /// One number of an adaptation's own, and the last norm.
  private static let model: AdaptedDecoder<ReFT<LoReFT>> = AdaptedDecoder(
    Decoder(SmallDecoder.configuration, seed: 1),
    ReFT(rank: 1, width: 6, layers: [1], positions: .all, sharing: .layer, seed: 2),
    learned: ["model.norm.weight": "norm in the file"])

  private let own = ["R", "W", "b"].map { "layers.1.shared.\($0)" }

  @Test("what learns of the decoder comes first, by the names of files, and all is counted")
  func names() {
    #expect(Self.model.trainedParameters.map(\.name) == ["norm in the file"] + own)
    // d = 6 gains, and 2d + 1 numbers.
    #expect(Self.model.trainedCount == 6 + 13)
    #expect(AdaptedDecoder(Self.model.decoder, Unadapted()).trainedCount == 0)
  }

  @Test("what the walk changes is changed in the model, and nothing else is")
  func walk() {
    var trained = Trained(Self.model)
    trained.walk("") { _, tensor in tensor = 2 * tensor }
    for (before, after) in zip(Self.model.parameters, trained.model.parameters) {
      let learns = (["model.norm.weight"] + own).contains(before.name)
      #expect(after.tensor == (learns ? 2 * before.tensor : before.tensor), "\(before.name)")
    }
  }

  @Test("the gradient has room for what learns alone")
  func room() {
    let zero = Self.model.adaptationOnly
    let rooms = zero.parameters.filter { !$0.tensor.isEmpty }.map(\.name)
    #expect(rooms == ["model.norm.weight"] + own)
    #expect(zero.learnsBase && !AdaptedDecoder(zero.decoder.frozen, Unadapted()).learnsBase)
  }
}

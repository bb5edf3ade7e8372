import Testing

@testable import TinyReFT

/// Has one number of its own, and lets the last norm learn.
private struct WithNorm: Adaptation {
  typealias Cache = Void
  var own = Tensor([[5]])

  mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try visit(path + "own", &own)
  }

  func learns(_ weight: String) -> Bool { weight == "model.norm.weight" }
}

@Suite("What learns (docs/70-rivals.md)")
struct TrainedTests {
  private static let base = Decoder(RivalTests.decoder, seed: 1)

  @Test("weights of the base come first, under their own names, and all is counted")
  func names() {
    let model = AdaptedDecoder(Self.base, WithNorm())
    #expect(model.trainedParameters.map(\.name) == ["model.norm.weight", "own"])
    // d = 6 gains, and one number.
    #expect(model.trainedCount == 7)
    #expect(AdaptedDecoder(Self.base, Unadapted()).trainedCount == 0)
  }

  @Test("what the walk changes is changed in the model, and nothing else is")
  func walk() {
    let model = AdaptedDecoder(Self.base, WithNorm())
    var trained = Trained(model)
    trained.walk("") { _, tensor in tensor = 2 * tensor }
    for (before, after) in zip(model.parameters, trained.model.parameters) {
      let learns = ["model.norm.weight", "own"].contains(before.name)
      #expect(after.tensor == (learns ? 2 * before.tensor : before.tensor), "\(before.name)")
    }
  }
}

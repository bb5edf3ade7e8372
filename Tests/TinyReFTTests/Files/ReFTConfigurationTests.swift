import Testing

@testable import TinyReFT

@Suite("ReFT configuration (docs/31-positions.md)")
struct ReFTConfigurationTests {
  private let good = ReFTConfiguration(
    method: "direft", rank: 6, layers: [1, 0], positions: .all, sharing: .layer, hiddenSize: 6)

  private func error(_ change: (inout ReFTConfiguration) -> Void) -> ReFTConfigurationError? {
    var c = good
    change(&c)
    do {
      _ = try c.check(against: BaseModelTests.configuration)
      return nil
    } catch {
      return error
    }
  }

  @Test("a good configuration gives the Φ that it names")
  func accepted() throws {
    #expect(try good.check(against: BaseModelTests.configuration).method == "direft")
  }

  @Test("each way to be wrong has an error of its own")
  func wrong() {
    #expect(error { $0.method = "LoReFT" } == .unknownMethod("LoReFT"))
    #expect(error { $0.hiddenSize = 7 } == .otherWidth(7, decoder: 6))
    #expect(error { $0.rank = 0 } == .rankOutOfRange(0, width: 6))
    #expect(error { $0.rank = 7 } == .rankOutOfRange(7, width: 6))
    #expect(error { $0.layers = [] } == .noLayers)
    #expect(error { $0.layers = [0, 2] } == .layerOutOfRange(2, layerCount: 2))
    #expect(error { $0.layers = [-1] } == .layerOutOfRange(-1, layerCount: 2))
    #expect(error { $0.layers = [0, 1, 0] } == .repeatedLayer(0))
    #expect(error { $0.sharing = .position } == .countlessPositions)
    let many = Positions.ends(prefix: 17, suffix: 0)
    #expect(error { $0.positions = many } == .tooManyPositions(many, context: 16))
  }
}

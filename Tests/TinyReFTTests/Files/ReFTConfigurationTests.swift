import Testing

@testable import TinyReFT

@Suite("ReFT configuration (docs/31-positions.md)")
struct ReFTConfigurationTests {
  private let good = ReFTConfiguration(
    method: "direft", rank: 6, layers: [1, 0], positions: .all, sharing: .layer, hiddenSize: 6)

  private func error(_ change: (inout ReFTConfiguration) -> Void) -> String? {
    var c = good
    change(&c)
    do { _ = try c.check(against: BaseModelTests.configuration) } catch { return "\(error)" }
    return nil
  }

  @Test("a good configuration gives the Φ that it names")
  func accepted() throws {
    #expect(try good.check(against: BaseModelTests.configuration).method == "direft")
  }

  @Test("each way to be wrong has an error of its own")
  func wrong() {
    let rows: [(String, (inout ReFTConfiguration) -> Void)] = [
      (
        #"there is no method "LoReFT"; use one of loreft, direft, noreft, consreft, lobireft, "#
          + "orthonormal-direft",
        { $0.method = "LoReFT" }
      ),
      (
        "the interventions are made for hidden size 7, but the base has 6; use the base they were "
          + "trained on", { $0.hiddenSize = 7 }
      ),
      ("rank 0 is not within 1 … 6, the width of the base's hidden states", { $0.rank = 0 }),
      ("rank 7 is not within 1 … 6, the width of the base's hidden states", { $0.rank = 7 }),
      ("no layer is edited; name at least one", { $0.layers = [] }),
      ("there is no layer 2; the base's layers are 0 … 1", { $0.layers = [0, 2] }),
      ("there is no layer -1; the base's layers are 0 … 1", { $0.layers = [-1] }),
      ("layer 0 is named twice; name it once", { $0.layers = [0, 1, 0] }),
      (
        #"sharing by position needs a fixed number of positions, not "all" or "every"; use "#
          + "positions such as f2+l2, or share by layer", { $0.sharing = .position }
      ),
      (
        "f17 edits more tokens than a prompt can have; the base reads at most 16",
        { $0.positions = .ends(prefix: 17, suffix: 0) }
      ),
    ]
    for (message, change) in rows { #expect(error(change) == message) }
  }
}

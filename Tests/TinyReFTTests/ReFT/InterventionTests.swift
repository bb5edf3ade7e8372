import Testing

@testable import TinyReFT

@Suite("Intervention (docs/30-interventions.md)")
struct InterventionTests {
  /// Φ that adds u = 2 h₁ + 1, times [1, 10], at the last prompt token after block 3.
  private let intervention = Intervention(
    phi: DiReFT(W1: Tensor([[2, 0]]), W2: Tensor([[1, 10]]), b: Tensor([[1]])),
    positions: PositionSet(name: "suffix", prefix: 0..<0, suffix: 0..<1), layer: 3)

  @Test("by hand: rows 0 and 2 are edited, row 1 is not")
  func workedExample() throws {
    // u = 3 in row 0 and 7 in row 2.
    var h = Tensor([[1, 1], [2, 2], [3, 3]])
    let cache = try #require(intervention.forward(&h, rows: [0, 2], mask: nil))
    #expect(h == Tensor([[4, 31], [2, 2], [10, 73]]))

    // dh has two terms: dh as it came, and one through du = [1, 0] · [1, 10] = 1 and W1.
    var (dh, gradient) = (Tensor([[1, 0], [1, 0], [1, 0]]), intervention.phi.zeroed)
    intervention.backward(&dh, cache, into: &gradient)
    #expect(dh == Tensor([[3, 0], [1, 0], [3, 0]]))
    // dW1 = 1 · [1, 1] + 1 · [3, 3], dW2 = 3 · [1, 0] + 7 · [1, 0], db = 1 + 1.
    #expect(gradient.W1 == Tensor([[4, 4]]))
    #expect(gradient.W2 == Tensor([[10, 0]]))
    #expect(gradient.b == Tensor([[2]]))
  }

  @Test("by hand: dropout takes from the edit, never from h")
  func dropoutByHand() throws {
    // Half is dropped, so what is kept counts twice: Δ = [3, 30] becomes [6, 0].
    var h = Tensor([[1, 1]])
    let cache = try #require(intervention.forward(&h, rows: [0], mask: Tensor([[2, 0]])))
    #expect(h == Tensor([[7, 1]]))

    // dΔ = [2, 0] ⊙ [1, 1], so du = 2 and dh = [1, 1] + 2 · [2, 0].
    var (dh, gradient) = (Tensor([[1, 1]]), intervention.phi.zeroed)
    intervention.backward(&dh, cache, into: &gradient)
    #expect(dh == Tensor([[5, 1]]))
  }

  @Test("dh and Φ's gradients agree with central differences, through the mask too")
  func gradients() {
    let mask = Tensor(rows: 2, columns: 5, elements: [4, 0, 4, 4, 4, 4, 4, 4, 0, 4].map { $0 / 3 })
    let dy = Tensor.random(rows: 4, columns: 5, seed: 4)
    func edited(_ phi: LoReFT, _ h: Tensor) -> (h: Tensor, cache: Intervention<LoReFT>.Cache?) {
      var h = h
      let cache = Intervention(phi: phi, positions: intervention.positions, layer: 0)
        .forward(&h, rows: [1, 3], mask: mask)
      return (h, cache)
    }
    expectGradients(
      of: LoReFTTests.generic(rank: 2, width: 5), at: .random(rows: 4, columns: 5, seed: 3),
      loss: { phi, h in edited(phi, h).h.dot(dy) },
      backward: { phi, h, gradient in
        var dh = dy
        if let cache = edited(phi, h).cache {
          Intervention(phi: phi, positions: intervention.positions, layer: 0)
            .backward(&dh, cache, into: &gradient)
        }
        return dh
      })
  }

  @Test("without rows nothing happens, and nothing is kept")
  func noRows() {
    var h = Tensor([[1, 1]])
    #expect(intervention.forward(&h, rows: [], mask: nil) == nil)
    #expect(h == Tensor([[1, 1]]))
  }

  @Test("its tensors are named after layer and positions")
  func path() {
    #expect(intervention.path == "layers.3.suffix.")
  }
}

import Testing

@testable import TinyReFT

@Suite("DiReFT (docs/34-direft.md)")
struct DiReFTTests {
  @Test("by hand: read h₁ − h₂, write [2, 4]")
  func workedExample() {
    let phi = DiReFT(W1: Tensor([[1, -1]]), W2: Tensor([[2, 4]]), b: Tensor([[3]]))

    // W1 h + b = 5 − 6 + 3 = 2, so Δ = 2 · [2, 4].
    let h = Tensor([[5, 6]])
    let (delta, cache) = phi.forward(h)
    #expect(delta == Tensor([[4, 8]]))
    #expect(phi(h) == Tensor([[9, 14]]))

    // du = [1, 10] · W2ᵀ = 42, so dW1 = 42 · [5, 6], db = 42 and dh = 42 · W1.
    var gradient = phi.zeroed
    #expect(phi.backward(Tensor([[1, 10]]), cache, into: &gradient) == Tensor([[42, -42]]))
    #expect(gradient.W1 == Tensor([[210, 252]]))
    #expect(gradient.b == Tensor([[42]]))
    // dW2 = u · [1, 10].
    #expect(gradient.W2 == Tensor([[2, 20]]))
  }

  static func generic(rank r: Int, width d: Int) -> DiReFT {
    var stream = RandomStream(seed: 1)
    return DiReFT(rank: r, width: d, start: .random, using: &stream)
  }

  @Test("dh, dW1, dW2 and db agree with central differences", arguments: [(3, 2, 7), (2, 3, 3)])
  func gradients(n: Int, r: Int, d: Int) {
    let dDelta = Tensor.random(rows: n, columns: d, seed: 4)
    expectGradients(
      of: Self.generic(rank: r, width: d), at: .random(rows: n, columns: d, seed: 3),
      loss: { phi, h in phi.forward(h).delta.dot(dDelta) },
      backward: { phi, h, gradient in
        phi.backward(dDelta, phi.forward(h).cache, into: &gradient)
      })
  }

  @Test("the gradient adds up over calls; a frozen Φ passes the same dh on, and has none itself")
  func accumulation() {
    let phi = Self.generic(rank: 2, width: 5)
    let (_, cache) = phi.forward(.random(rows: 3, columns: 5, seed: 3))
    let dDelta = Tensor.random(rows: 3, columns: 5, seed: 4)
    var (gradient, frozen) = (phi.zeroed, phi.frozen)
    let dh = phi.backward(dDelta, cache, into: &gradient)
    let once = gradient
    #expect(phi.backward(dDelta, cache, into: &gradient) == dh)
    for (twice, once) in zip(gradient.parameters, once.parameters) {
      expectClose(twice.tensor, 2 * once.tensor)
    }
    #expect(phi.backward(dDelta, cache, into: &frozen) == dh)
    #expect(frozen.parameterCount == 0)
  }

  @Test("LoReFT is the DiReFT with W2 = R and W1 = W − R, and its gradients are that one's")
  func loReFT() {
    let (lo, h) = (
      LoReFTTests.generic(rank: 2, width: 5), Tensor.random(rows: 3, columns: 5, seed: 3)
    )
    let di = DiReFT(W1: lo.W - lo.R, W2: lo.R, b: lo.b)
    let (loCache, diCache) = (lo.forward(h).cache, di.forward(h).cache)
    expectClose(di(h), lo(h))

    let dDelta = Tensor.random(rows: 3, columns: 5, seed: 4)
    var (loGradient, diGradient) = (lo.zeroed, di.zeroed)
    let dh = lo.backward(dDelta, loCache, into: &loGradient)
    expectClose(di.backward(dDelta, diCache, into: &diGradient), dh)
    // R is in W2 and, with a minus, in W1.
    let dR = diGradient.W2 - diGradient.W1
    expectClose(loGradient.A, GramSchmidt.backward(dR, GramSchmidt.forward(lo.A).cache))
    expectClose(loGradient.W, diGradient.W1)
    expectClose(loGradient.b, diGradient.b)
  }

  @Test(
    "W1 = 0 and b = 0 start at the identity; in the first step W2 has no gradient, W1 and b have one"
  )
  func identityStart() {
    var stream = RandomStream(seed: 1)
    let phi = DiReFT(rank: 2, width: 5, start: .identity, using: &stream)
    let h = Tensor.random(rows: 3, columns: 5, seed: 3)
    #expect(phi(h) == h)
    var gradient = phi.zeroed
    _ = phi.backward(h, phi.forward(h).cache, into: &gradient)
    #expect(gradient.W2.largestMagnitude == 0)
    #expect(gradient.W1.largestMagnitude > 0.1)
    #expect(gradient.b.largestMagnitude > 0.1)
  }

  @Test("with a warm-up, W1 and b first move in the second step, and W2 in the third")
  func warmup() throws {
    let base = TrainerTests.model().decoder
    let reft = ReFT<DiReFT>(
      rank: 2, width: 16, layers: [1], positions: .ends(prefix: 0, suffix: 1), sharing: .side,
      seed: 2)
    let model = AdaptedDecoder(base, reft)
    var options = TrainerTests.options()
    options.warmup = 0.5
    var trainer = Trainer(
      model, training: model.adaptationOnly, options: options, totalSteps: 10)
    func moved() -> [Bool] {
      let parts = zip(trainer.model.adaptation.interventions, reft.interventions)
      return parts.flatMap { now, old in
        [now.phi.W1 != old.phi.W1, now.phi.b != old.phi.b, now.phi.W2 != old.phi.W2]
      }
    }
    let after = try (1...3).map { _ in
      _ = try trainer.step(on: TrainerTests.examples)
      return moved()
    }
    #expect(after == [[false, false, false], [true, true, false], [true, true, true]])
  }

  @Test("rows that are not orthonormal mix what h had with what it is to have")
  func notOrthonormal() {
    // LoReFT's edit with any matrix in R's place: R Φ(h) = (I − R Rᵀ) R h + R Rᵀ (W h + b).
    let (R, W) = (
      Tensor.random(rows: 2, columns: 5, seed: 1), Tensor.random(rows: 2, columns: 5, seed: 2)
    )
    let b = Tensor.random(columns: 2, seed: 3)
    let h = Tensor.random(columns: 5, seed: 4)
    func edited(_ R: Tensor) -> (is: Tensor, wanted: Tensor, mixed: Tensor) {
      let phi = DiReFT(W1: W - R, W2: R, b: b)
      let (old, wanted) = (matmul(h, transposed: R), matmul(h, transposed: W) + b)
      let square = matmul(R, transposed: R)
      return (
        matmul(phi(h), transposed: R), wanted, old - matmul(old, square) + matmul(wanted, square)
      )
    }
    let any = edited(R)
    expectClose(any.is, any.mixed)
    #expect((any.is - any.wanted).largestMagnitude > 0.1)
    let orthonormal = edited(GramSchmidt.forward(R).R)
    expectClose(orthonormal.is, orthonormal.wanted)
  }

  @Test("2rd + r parameters, as many as LoReFT")
  func count() {
    let phi = Self.generic(rank: 4, width: 4096)
    #expect(phi.parameterCount == 32_772)
    #expect(phi.parameters.map(\.name) == ["W1", "W2", "b"])
  }

  @Test("wrong shapes trap")
  func traps() async {
    await #expect(processExitsWith: .failure) { _ = DiReFTTests.generic(rank: 0, width: 3) }
    await #expect(processExitsWith: .failure) { _ = DiReFTTests.generic(rank: 4, width: 3) }
    await #expect(processExitsWith: .failure) {
      _ = DiReFT(W1: Tensor([[1, 0]]), W2: Tensor([[1, 0]]), b: Tensor([[0, 0]]))(Tensor([[1, 2]]))
    }
  }

  @Test(.disabled("exercise 34.1: take back what W2 reads, Φ(h) = h + W2ᵀ(W1 h + b − W2 h)"))
  func exercise() {
    // Appendix E's form without the constraint. W1 h + b − W2 h = 5 − 6 + 3 − (10 + 24) = −32.
    let phi = DiReFT(W1: Tensor([[1, -1]]), W2: Tensor([[2, 4]]), b: Tensor([[3]]))
    #expect(phi(Tensor([[5, 6]])) == Tensor([[-59, -122]]))
  }
}

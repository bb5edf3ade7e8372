import Testing

@testable import TinyReFT

@Suite("AdamW (docs/40-training.md)")
struct AdamWTests {
  @Test("by hand: two steps with gradients 4 and −4")
  func workedExample() {
    var (optimizer, layer) = (AdamW(), Linear(weight: Tensor([[1]])))
    (optimizer.beta1, optimizer.beta2, optimizer.epsilon) = (0.5, 0.75, 0)

    // m = 0.5 · 4 = 2, v = 0.25 · 16 = 4. Corrected: 2 / 0.5 = 4 and √(4 / 0.25) = 4.
    // So φ = 1 − 0.1 · 4/4: the first step is as long as the learning rate.
    optimizer.update(&layer, by: Linear(weight: Tensor([[4]])), learningRate: 0.1)
    expectClose(layer.weight, [0.9])

    // m = 0.5 · 2 − 0.5 · 4 = −1, v = 0.75 · 4 + 0.25 · 16 = 7. With 1 − 0.5² = 0.75 and
    // 1 − 0.75² = 0.4375: m̂ = −4/3, √v̂ = √16 = 4. So φ = 0.9 + 0.1 · (4/3)/4.
    optimizer.update(&layer, by: Linear(weight: Tensor([[-4]])), learningRate: 0.1)
    expectClose(layer.weight, [0.9 + 0.1 / 3])
    #expect(optimizer.step == 2)
  }

  @Test("by hand: the decay takes a share of the parameter, however large its gradient is")
  func decay() {
    for g: Scalar in [4, 400] {
      var (optimizer, layer) = (AdamW(weightDecay: 0.5), Linear(weight: Tensor([[2, -2]])))
      optimizer.epsilon = 0
      optimizer.update(&layer, by: Linear(weight: Tensor([[g, g]])), learningRate: 0.1)
      // 2 · (1 − 0.1 · 0.5) − 0.1 = 1.8, and −2 · 0.95 − 0.1 = −2.
      expectClose(layer.weight, [1.8, -2])
    }
  }

  @Test("agrees with PyTorch over three steps")
  func pytorch() {
    // torch 2.15.0, float64: p = Parameter([1, -2, 3]); AdamW([p], lr=0.1, weight_decay=0.5); for
    // each row below p.grad = tensor(row); step(); print(p.tolist())
    let gradients: [[Scalar]] = [[1, -2, 0.5], [-3, 0.25, 0], [2, 1, -1]]
    let expected: [[Scalar]] = [
      [0.850000001, -1.8000000004999999, 2.7500000019999997],
      [0.8569189840587441, -1.6527465433039552, 2.5454941783820306],
      [0.8121942654234112, -1.558885552105472, 2.4522229159752085],
    ]
    var (optimizer, layer) = (AdamW(weightDecay: 0.5), Linear(weight: Tensor([[1, -2, 3]])))
    for (g, p) in zip(gradients, expected) {
      optimizer.update(&layer, by: Linear(weight: Tensor([g])), learningRate: 0.1)
      expectClose(layer.weight, p)
    }
  }

  @Test("a loss in other units gives the same steps")
  func scaleInvariance() {
    func path(scale: Scalar) -> Tensor {
      var (optimizer, norm) = (AdamW(), RMSNorm(width: 7))
      for seed in 1...5 {
        let g = scale * Tensor.random(columns: 7, seed: UInt64(seed))
        var gradient = norm.zeroed
        gradient.gain = g
        optimizer.update(&norm, by: gradient, learningRate: 0.1)
      }
      return norm.gain
    }
    // ε = 1e-8 is what is left of a difference.
    expectClose(path(scale: 1000), path(scale: 1), tolerance: 1e-5)
  }

  @Test("every tensor has moments of its own")
  func momentsByName() {
    var together = AdamW()
    var model = Decoder(DecoderTests.configuration, seed: 1)
    let (start, gradient) = (model, Decoder(DecoderTests.configuration, seed: 2))
    for _ in 0..<3 { together.update(&model, by: gradient, learningRate: 0.1) }
    for (p, (g, end)) in zip(start.parameters, zip(gradient.parameters, model.parameters)) {
      var (alone, layer) = (AdamW(), Linear(weight: p.tensor))
      for _ in 0..<3 {
        alone.update(&layer, by: Linear(weight: g.tensor), learningRate: 0.1)
      }
      #expect(layer.weight == end.tensor, "\(p.name)")
    }
  }

  @Test("what is frozen does not move, not even by the decay")
  func frozen() {
    var (optimizer, model) = (AdamW(weightDecay: 0.5), ObjectiveTests.model)
    var gradient = model.adaptationOnly
    gradient.adaptation.add(model.adaptation)
    let before = model
    optimizer.update(&model, by: gradient, learningRate: 0.1)
    #expect(model.decoder.parameters.map(\.tensor) == before.decoder.parameters.map(\.tensor))
    for (new, old) in zip(model.adaptation.parameters, before.adaptation.parameters) {
      #expect(new.tensor != old.tensor, "\(new.name)")
    }
  }

  @Test("a gradient of zero moves nothing")
  func zeroGradient() {
    var (optimizer, norm) = (AdamW(), RMSNorm(width: 3))
    optimizer.update(&norm, by: norm.zeroed, learningRate: 0.1)
    #expect(norm.gain == Tensor([[1, 1, 1]]))
  }

  @Test("a gradient of another shape traps")
  func wrongShape() async {
    await #expect(processExitsWith: .failure) {
      // Two of three elements would be moved, and nobody would know.
      var (optimizer, norm) = (AdamW(), RMSNorm(width: 3))
      optimizer.update(&norm, by: RMSNorm(width: 2), learningRate: 0.1)
    }
  }

  @Test(.disabled("exercise 40.1: add the decay to the gradient instead, g + λφ"))
  func exercise() {
    var (optimizer, layer) = (AdamW(weightDecay: 0.5), Linear(weight: Tensor([[2, -2]])))
    optimizer.epsilon = 0
    optimizer.update(&layer, by: Linear(weight: Tensor([[4, 4]])), learningRate: 0.1)
    // g + λφ = [5, 3]: both are divided by their own size, and the decay has gone.
    expectClose(layer.weight, [1.9, -2.1])
  }
}

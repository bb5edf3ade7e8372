import Testing

@testable import TinyReFT

@Suite("Linear (docs/20-backprop.md)")
struct LinearTests {
  @Test("by hand: two inputs, three outputs")
  func workedExample() {
    let layer = Linear(weight: Tensor([[1, 2], [3, 4], [5, 6]]))

    // y₀ = 1 · 1 + 2 · 10 = 21.
    let (y, cache) = layer.forward(Tensor([[1, 10]]))
    #expect(y == Tensor([[21, 43, 65]]))

    // dx₀ = 1 · 1 + 0 · 3 − 1 · 5 = −4, down the first column of W.
    var gradient = layer.zeroed
    let dx = layer.backward(Tensor([[1, 0, -1]]), cache, into: &gradient)
    #expect(dx == Tensor([[-4, -4]]))

    // Row o of dW is dyₒ · x.
    #expect(gradient.weight == Tensor([[1, 10], [0, 0], [-1, -10]]))
  }

  @Test("dx and dW agree with central differences", arguments: [(1, 7, 2), (3, 5, 4)])
  func gradients(n: Int, input: Int, output: Int) {
    let dy = Tensor.random(rows: n, columns: output, seed: 3)
    expectGradients(
      of: Linear(weight: .random(rows: output, columns: input, seed: 1)),
      at: .random(rows: n, columns: input, seed: 2),
      loss: { layer, x in layer.forward(x).y.dot(dy) },
      backward: { layer, x, gradient in
        layer.backward(dy, layer.forward(x).cache, into: &gradient)
      })
  }

  @Test("the gradient adds up over calls and over rows")
  func accumulation() {
    let layer = Linear(weight: Tensor([[1, 2]]))
    var gradient = layer.zeroed
    // Rows: 10 · [1, 2] + 100 · [3, 4].
    let (_, cache) = layer.forward(Tensor([[1, 2], [3, 4]]))
    _ = layer.backward(Tensor([[10], [100]]), cache, into: &gradient)
    #expect(gradient.weight == Tensor([[310, 420]]))
    _ = layer.backward(Tensor([[10], [100]]), cache, into: &gradient)
    #expect(gradient.weight == Tensor([[620, 840]]))
  }

  @Test("a frozen layer passes the same gradient on, and has none itself")
  func frozen() {
    let layer = Linear(weight: .random(rows: 4, columns: 5, seed: 1))
    let (_, cache) = layer.forward(.random(rows: 3, columns: 5, seed: 2))
    let dy = Tensor.random(rows: 3, columns: 4, seed: 3)
    var (trained, frozen) = (layer.zeroed, layer.frozen)
    #expect(
      layer.backward(dy, cache, into: &frozen) == layer.backward(dy, cache, into: &trained))
    #expect(frozen.weight == .none)
  }

  @Test("new weights keep the size of what goes through, times the scale", arguments: [1, 0.5])
  func newWeights(scale: Double) {
    var stream = RandomStream(seed: 1)
    let layer = Linear(from: 100, to: 300, scale: scale, using: &stream)
    #expect(layer.weight.shape == "[300, 100]")
    let y = layer.forward(.gaussian(rows: 50, columns: 100, using: &stream)).y
    // 15,000 outputs: their mean square is known to about √(2 / 5,000).
    #expect(abs(y.dot(y) / Double(y.count) / (scale * scale) - 1) < 0.06)
  }

  @Test("no rows give no rows")
  func noRows() {
    let y = Linear(weight: Tensor([[1, 2], [3, 4], [5, 6]])).forward(
      Tensor(repeating: 0, rows: 0, columns: 2)
    ).y
    #expect(y.shape == "[0, 3]")
  }

  @Test("a width that is not the weight's traps")
  func wrongWidth() async {
    await #expect(processExitsWith: .failure) {
      // Four columns meet five, and there is memory enough to run on to a wrong answer.
      let layer = Linear(weight: Tensor(repeating: 1, rows: 6, columns: 5))
      _ = layer.forward(Tensor(repeating: 1, rows: 3, columns: 4))
    }
  }

  /// For exercise 20.1: y = x · Wᵀ + b. Its backward pass is that of `linear`, and not yet its own.
  struct WithBias: Parameterized {
    var linear: Linear
    var bias: Tensor

    mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
      try linear.walk(path, visit)
      try visit(path + "bias", &bias)
    }

    func forward(_ x: Tensor) -> (y: Tensor, cache: Linear.Cache) {
      var (y, cache) = linear.forward(x)
      y.addToEachRow(bias)
      return (y, cache)
    }

    func backward(_ dy: Tensor, _ cache: Linear.Cache, into gradient: inout WithBias) -> Tensor {
      linear.backward(dy, cache, into: &gradient.linear)
    }
  }

  @Test("a packed layer gives the same bits, also when its weight has become another")
  func packed() {
    let x = Tensor.random(rows: 9, columns: 7, seed: 1)
    var layer = Linear(weight: .random(rows: 50, columns: 7, seed: 2))
    let y = layer.forward(x).y
    layer.pack(true)
    #expect(layer.forward(x).y == y)
    layer.weight = 2 * layer.weight
    #expect(layer.forward(x).y == 2 * y && layer.forward(x).cache.x == x)
    layer.pack(false)
    #expect(layer.forward(x).cache.x == x)
  }

  @Test("a gradient of a packed layer's weight traps: it has kept no x")
  func packedGradient() async {
    await #expect(processExitsWith: .failure) {
      var layer = Linear(weight: Tensor([[1, 2]]))
      layer.pack(true)
      let (y, cache) = layer.forward(Tensor([[1, 1]]))
      var gradient = Linear(weight: Tensor([[0, 0]]))
      _ = layer.backward(y, cache, into: &gradient)
    }
  }

  @Test(.disabled("exercise 20.1: add db to the gradient in WithBias.backward"))
  func exercise() {
    let dy = Tensor.random(rows: 3, columns: 4, seed: 3)
    expectGradients(
      of: WithBias(
        linear: Linear(weight: .random(rows: 4, columns: 5, seed: 1)),
        bias: .random(columns: 4, seed: 4)),
      at: .random(rows: 3, columns: 5, seed: 2),
      loss: { layer, x in layer.forward(x).y.dot(dy) },
      backward: { layer, x, gradient in
        layer.backward(dy, layer.forward(x).cache, into: &gradient)
      })
  }
}

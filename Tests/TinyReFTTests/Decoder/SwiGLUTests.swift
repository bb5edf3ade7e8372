import Foundation
import Testing

@testable import TinyReFT

@Suite("SwiGLU (docs/25-swiglu.md)")
struct SwiGLUTests {
  /// A random layer from width 4 through width 7 and back.
  let layer: SwiGLU
  let x = Tensor.random(rows: 3, columns: 4, seed: 2)
  let dy = Tensor.random(rows: 3, columns: 4, seed: 3)

  init() { layer = Self.layer(width: 4, inner: 7) }

  static func layer(width d: Int, inner f: Int) -> SwiGLU {
    let c = DecoderConfiguration(
      vocabularySize: 1, hiddenSize: d, layerCount: 1, headCount: 1, feedForwardSize: f,
      contextLength: 1)
    var stream = RandomStream(seed: 1)
    return SwiGLU(c, outputScale: 1, using: &stream)
  }

  @Test("by hand: a gate of ln 3 lets three quarters through")
  func workedExample() {
    let ln3 = Scalar(log(3.0))
    var layer = Self.layer(width: 2, inner: 1)
    layer.gate.weight = Tensor([[ln3, 0]])
    layer.up.weight = Tensor([[0, 2]])
    layer.down.weight = Tensor([[1], [2]])

    // g = ln 3 and σ(g) = 3/4, so silu(g) = 3/4 · ln 3;  u = 4, so a = 3 ln 3.
    let (y, cache) = layer.forward(Tensor([[1, 2]]))
    expectClose(y, [3 * ln3, 6 * ln3])

    // da = 1, so du = silu(g) = 3/4 · ln 3 and dg = u · σ (1 + g (1 − σ)) = 3 (1 + ln 3 / 4).
    let (du, dg) = (0.75 * ln3, 3 + 0.75 * ln3)
    var gradient = layer.zeroed
    let dx = layer.backward(Tensor([[1, 0]]), cache, into: &gradient)
    expectClose(dx, [dg * ln3, du * 2])
    expectClose(gradient.gate.weight, [dg, dg * 2])
    expectClose(gradient.up.weight, [du, du * 2])
    expectClose(gradient.down.weight, [3 * ln3, 0])
  }

  @Test("dx and the three matrices' gradients agree with central differences")
  func gradients() {
    expectGradients(
      of: layer, at: x,
      loss: { layer, x in layer.forward(x).y.dot(dy) },
      backward: { layer, x, gradient in
        layer.backward(dy, layer.forward(x).cache, into: &gradient)
      })
  }

  @Test("the gradient adds up over calls")
  func accumulation() {
    let (_, cache) = layer.forward(x)
    var gradient = layer.zeroed
    _ = layer.backward(dy, cache, into: &gradient)
    let once = gradient
    _ = layer.backward(dy, cache, into: &gradient)
    for (twice, once) in zip(gradient.parameters, once.parameters) {
      expectClose(twice.tensor, 2 * once.tensor)
    }
  }

  @Test("a frozen layer passes the same gradient on, and has none itself")
  func frozen() {
    let (_, cache) = layer.forward(x)
    var (trained, frozen) = (layer.zeroed, layer.frozen)
    #expect(
      layer.backward(dy, cache, into: &frozen) == layer.backward(dy, cache, into: &trained))
    #expect(frozen.parameterCount == 0)
  }

  @Test("silu(z) − silu(−z) = z: two opposite gates make a plain product")
  func oppositeGates() {
    var opposite = layer
    opposite.gate.weight = -1 * layer.gate.weight
    var product = layer.gate.forward(x).y
    product.multiply(by: layer.up.forward(x).y)
    expectClose(
      layer.forward(x).y - opposite.forward(x).y, layer.down.forward(product).y)
  }

  @Test("a gate far from zero is open or shut, and no exponential overflows on the way")
  func farGates() {
    var layer = Self.layer(width: 1, inner: 1)
    layer.gate.weight = Tensor([[1]])
    layer.up.weight = Tensor([[1]])
    layer.down.weight = Tensor([[1]])
    // Open, y = x²; shut, y = 0. The slopes are those of these two.
    let (y, cache) = layer.forward(Tensor([[1000], [-1000]]))
    expectClose(y, [1_000_000, 0])
    var gradient = layer.zeroed
    expectClose(layer.backward(Tensor([[1], [1]]), cache, into: &gradient), [2000, 0])
  }

  @Test("a width that is not the gate's traps")
  func wrongWidth() async {
    await #expect(processExitsWith: .failure) {
      _ = SwiGLUTests.layer(width: 4, inner: 7).forward(Tensor([[1, 2, 3]]))
    }
  }

  @Test(.disabled("exercise 25.1: ReGLU, a = max(0, g) ⊙ u, in forward and backward"))
  func exercise() {
    var layer = Self.layer(width: 2, inner: 2)
    layer.gate.weight = Tensor([[1, 0], [-1, 0]])
    layer.up.weight = Tensor([[0, 1], [0, 1]])
    layer.down.weight = Tensor([[1, 0], [0, 1]])
    // g = [3, −3] and u = [5, 5]: the second gate is shut, and has no gradient.
    let (y, cache) = layer.forward(Tensor([[3, 5]]))
    expectClose(y, [15, 0])
    var gradient = layer.zeroed
    expectClose(layer.backward(Tensor([[1, 1]]), cache, into: &gradient), [5, 3])
    gradients()
  }
}

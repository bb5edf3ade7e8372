import Foundation
import Testing

@testable import TinyReFT

@Suite("Bottleneck (docs/70-rivals.md)")
struct BottleneckTests {
  /// D = [1, 1] and U = [4; 10].
  static func worked(_ name: String, _ tensor: inout Tensor) {
    tensor = name.contains("down.weight") ? Tensor([[1, 1]]) : Tensor([[4], [10]])
  }

  /// tanh(½ ln 3) = (3 − 1) / (3 + 1) = ½, and its slope is 1 − ¼.
  static let half = Scalar(log(3.0) / 2)

  @Test("by hand: tanh of ½ ln 3 is ½, and its slope ¾")
  func byHand() {
    var stream = RandomStream(seed: 1)
    var bottleneck = Bottleneck(from: 2, to: 2, size: 1, using: &stream)
    bottleneck.walk("", Self.worked)
    let (delta, kept) = bottleneck.forward(Tensor([[Self.half, 0]]))
    expectClose(delta, [2, 5])

    // da = 1·4 + 1·10 = 14 and dz = ¾ · 14.
    var gradient = bottleneck.zeroed
    let dx = bottleneck.backward(Tensor([[1, 1]]), kept, into: &gradient)
    expectClose(dx, [10.5, 10.5])
    expectClose(gradient.up, [0.5, 0.5])
    expectClose(gradient.down, [10.5 * Self.half, 0])
  }

  @Test("dx, dD and dU agree with central differences")
  func gradients() {
    var stream = RandomStream(seed: 1)
    var bottleneck = Bottleneck(from: 5, to: 4, size: 2, using: &stream)
    bottleneck.up = .random(rows: 4, columns: 2, seed: 2)
    let dDelta = Tensor.random(rows: 3, columns: 4, seed: 4)
    expectGradients(
      of: bottleneck, at: .random(rows: 3, columns: 5, seed: 3),
      loss: { $0.forward($1).delta.dot(dDelta) },
      backward: { $0.backward(dDelta, $0.forward($1).kept, into: &$2) })
  }
}

import Testing

@testable import TinyReFT

@Suite("Gradient check (docs/20-backprop.md)")
struct GradientCheckTests {
  /// Σ x³, whose gradient is 3x².
  static func cubes(_ x: Tensor) -> Double {
    x.elements.reduce(0) { $0 + Double($1) * Double($1) * Double($1) }
  }

  static let x = Tensor([[1, 2, -0.5], [0.25, -1.5, 0.75]])

  static var slopes: Tensor {
    Tensor(rows: x.rows, columns: x.columns, elements: x.elements.map { 3 * $0 * $0 })
  }

  @Test("by hand: the slope is 3, and the claims are 3, 4, 0 and −3")
  func workedExample() {
    func error(claimed: Scalar) -> Double {
      gradientError(Tensor([[claimed]]), at: Tensor([[2]])) { 3 * Double($0[0]) }
    }
    #expect(error(claimed: 3) < gradientTolerance)
    // |4 − 3| / (|4| + |3|) = 1/7.
    #expect(abs(error(claimed: 4) - 1 / 7) < gradientTolerance)
    #expect(abs(error(claimed: 0) - 1) < gradientTolerance)
    #expect(abs(error(claimed: -3) - 1) < gradientTolerance)
  }

  @Test("the gradient of Σ x³ passes, at any scale of the loss", arguments: [1, 1e-9, 1e9])
  func curve(scale: Double) {
    let gradient = Scalar(scale) * Self.slopes
    #expect(gradientError(gradient, at: Self.x) { scale * Self.cubes($0) } < gradientTolerance)
    // One wrong sign fails at every scale too.
    var wrong = gradient
    wrong.elements[3] = -wrong.elements[3]
    #expect(gradientError(wrong, at: Self.x) { scale * Self.cubes($0) } > 0.01)
  }

  @Test("a slope that is wrong by 100 tolerances fails, by a hundredth of one passes")
  func sensitivity() {
    func error(off share: Double) -> Double {
      gradientError(Scalar(1 + share) * Self.slopes, at: Self.x, of: Self.cubes)
    }
    #expect(error(off: 200 * gradientTolerance) > gradientTolerance)
    #expect(error(off: gradientTolerance / 50) < gradientTolerance)
  }

  @Test("a backward pass with one wrong term is found, and named")
  func wrongLayer() {
    let layer = Linear(weight: .random(rows: 4, columns: 4, seed: 1))
    let dy = Tensor.random(rows: 3, columns: 4, seed: 3)
    func failures(_ dx: (Tensor) -> Tensor, _ dW: (Tensor) -> Tensor) -> [String] {
      checkGradients(
        of: layer, at: .random(rows: 3, columns: 4, seed: 2),
        loss: { layer, x in layer.forward(x).y.dot(dy) },
        gradients: { layer, x in
          var gradient = layer.zeroed
          let right = layer.backward(dy, layer.forward(x).cache, into: &gradient)
          gradient.weight = dW(gradient.weight)
          return (dx(right), gradient)
        }
      ).filter { !($0.error < gradientTolerance) }.map(\.name)
    }
    #expect(failures({ $0 }, { $0 }) == [])
    // dy · Wᵀ for dy · W: with a square W the shapes do not tell.
    #expect(failures({ _ in matmul(dy, transposed: layer.weight) }, { $0 }) == ["x"])
    #expect(failures({ $0 }, { $0.transposed }) == ["weight"])
    #expect(failures({ -1 * $0 }, { 1.01 * $0 }) == ["x", "weight"])
    #expect(failures({ $0 }, { Scalar.nan * $0 }) == ["weight"])
  }

  @Test("error over step is a valley with its floor near ∛u")
  func valley() {
    func error(step: Double) -> Double {
      gradientError(Self.slopes, at: Self.x, step: step, of: Self.cubesInScalar)
    }
    let floor = error(step: gradientStep)
    #expect(floor < gradientTolerance)
    // On the right the bend rules: ten times the step, a hundred times the error.
    let ratio = error(step: 0.1) / error(step: 0.01)
    #expect((90...110).contains(ratio), "\(ratio)")
    // On the left rounding rules: the smaller the step, the larger the error.
    #expect(error(step: gradientStep / 100) > 10 * floor)
    #expect(error(step: gradientStep / 1000) > 100 * floor)
  }

  /// The same sum computed in `Scalar`, with the rounding of a real forward pass.
  static func cubesInScalar(_ x: Tensor) -> Double {
    Double(x.elements.reduce(Scalar(0)) { $0 + $1 * $1 * $1 })
  }

  @Test("no elements, or no slope anywhere, is no error")
  func edges() {
    #expect(gradientError(.none, at: .none) { _ in 1 } == 0)
    #expect(gradientError(Tensor([[0, 0]]), at: Tensor([[5, 6]])) { _ in 1 } == 0)
  }

  @Test("a gradient that lacks a tensor, or has another shape, traps")
  func wrongShape() async {
    await #expect(processExitsWith: .failure) {
      // Six numbers either way.
      _ = gradientError(Self.slopes.transposed, at: Self.x, of: Self.cubes)
    }
    await #expect(processExitsWith: .failure) {
      let pair = ParametersTests.Pair()
      var part = pair.zeroed
      part.hasSecond = false
      _ = checkParameterGradients(of: pair, gradient: part) { _ in 0 }
    }
  }
}

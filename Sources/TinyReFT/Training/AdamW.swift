import Foundation

/// Adam with decoupled weight decay: each number moves against the running mean of its gradient, divided
/// by the gradient's running size, times η.
///
///     step t     m ← β₁ m + (1 − β₁) g          v ← β₂ v + (1 − β₂) g²
///                m̂ = m / (1 − β₁ᵗ)              v̂ = v / (1 − β₂ᵗ)
///                φ ← φ − η λ φ − η m̂ / (√v̂ + ε)
///
///     m and v start at zero and are too small at first; m̂ and v̂ make up for it.
///
///     shapes     m, v, g: as φ
///     units      η in units of φ: step 1 moves every element by η, 0 in a warm-up; φ shrinks by η λ φ
///     paper      Loshchilov & Hutter 2019, arXiv:1711.05101v3, algorithm 2
///     differs    the paper's decay is scaled by the schedule alone; ours by the whole learning rate
///                η (base rate times schedule), as in PyTorch
public struct AdamW: Sendable {
  var beta1 = 0.9
  var beta2 = 0.999
  var epsilon = 1e-8
  /// λ: how hard every parameter is pulled towards zero.
  public var weightDecay = 0.0

  /// t: how many updates have been made.
  public internal(set) var step = 0
  /// m and v, by the names of the parameters; only of those that have had a gradient.
  var first: [String: Tensor] = [:]
  var second: [String: Tensor] = [:]

  public init(weightDecay: Double = 0) { self.weightDecay = weightDecay }

  /// Moves every parameter that has a gradient; frozen ones are not touched, not even by the decay.
  /// Traps unless a gradient has its parameter's shape.
  mutating func update<Model: Parameterized>(
    _ model: inout Model, by gradient: Model, learningRate: Double
  ) {
    step += 1
    var gradients = gradient.parameters.makeIterator()
    model.walk("") { name, parameter in
      guard let g = gradients.next()?.tensor, !g.isEmpty else { return }
      update(name, &parameter, by: g, learningRate: learningRate)
    }
  }

  private mutating func update(
    _ name: String, _ parameter: inout Tensor, by gradient: Tensor, learningRate: Double
  ) {
    precondition(
      gradient.isShaped(like: parameter),
      "AdamW: \(name) is \(parameter.shape) but its gradient is \(gradient.shape)")
    // Taken out of the dictionaries, so that they are changed in place and not copied.
    var m = first.removeValue(forKey: name) ?? .zeros(like: gradient)
    var v = second.removeValue(forKey: name) ?? .zeros(like: gradient)
    let (b1, b2, e) = (Scalar(beta1), Scalar(beta2), Scalar(epsilon))
    let unbiased1 = Scalar(1 / (1 - pow(beta1, Double(step))))
    let unbiased2 = Scalar(1 / (1 - pow(beta2, Double(step))))
    let (rate, keep) = (Scalar(learningRate), Scalar(1 - learningRate * weightDecay))
    for k in gradient.elements.indices {
      let g = gradient.elements[k]
      m.elements[k] = b1 * m.elements[k] + (1 - b1) * g
      v.elements[k] = b2 * v.elements[k] + (1 - b2) * g * g
      let size = (v.elements[k] * unbiased2).squareRoot() + e
      parameter.elements[k] =
        keep * parameter.elements[k] - rate * m.elements[k] * unbiased1 / size
    }
    first[name] = m
    second[name] = v
  }
}

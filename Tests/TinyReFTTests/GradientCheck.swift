import Foundation

@testable import TinyReFT

// Whether a derivative that was written by hand is the derivative, measured.
//
// ∂f/∂x is compared with (f(x + step) − f(x − step)) / (2 · step), one element at a time. The step
// balances two errors: the curve's bend gives step²/6 · f‴(x), and rounding about u · f(x) / step, where
// u is the unit in the last place of 1. Their sum is least near step = ∛u, where it is near ∛u².

/// ∛u, the step for an element of size one: 5e-3 for Float and 6e-6 for Double.
let gradientStep = cbrt(Double(Scalar.ulpOfOne))

/// How far a hand-derived gradient may stray: central differences keep two thirds of the digits,
/// and we give back one. About 2e-4 for Float and 4e-10 for Double.
let gradientTolerance = 10 * pow(Double(Scalar.ulpOfOne), 2 / 3)

/// The same for a whole model, which loses digits in every layer. Float has few to lose: there the
/// check shows only that no term is missing.
let modelTolerance = Scalar.self == Double.self ? 1e-6 : 2e-2

/// ‖a − f‖ / (‖a‖ + ‖f‖), from 0 (equal) to 1 (unrelated or opposite), where a is `gradient` and f
/// the slope of `loss` at `x` measured by central differences, one element at a time. An element
/// larger than one is moved by a larger step. Traps unless `gradient` has the shape of `x`.
///
/// Relative, so that a small wrong gradient fails as surely as a large one.
func gradientError(
  _ gradient: Tensor, at x: Tensor, step: Double = gradientStep, of loss: (Tensor) -> Double
) -> Double {
  precondition(
    gradient.shape == x.shape, "gradientError: gradient is \(gradient.shape) but x is \(x.shape)")
  var (difference, analytic, numeric) = (0.0, 0.0, 0.0)
  for k in x.elements.indices {
    let step = Scalar(step) * max(1, abs(x.elements[k]))
    var (above, below) = (x, x)
    above.elements[k] += step
    below.elements[k] -= step
    // Rounding made the step that was taken a little different from `step`.
    let taken = Double(above.elements[k]) - Double(below.elements[k])
    let slope = (loss(above) - loss(below)) / taken
    let a = Double(gradient.elements[k])
    difference += (a - slope) * (a - slope)
    analytic += a * a
    numeric += slope * slope
  }
  let scale = analytic.squareRoot() + numeric.squareRoot()
  return scale == 0 ? 0 : difference.squareRoot() / scale
}

/// One tensor of a gradient check.
struct GradientCheck: Sendable {
  /// The parameter's name, or `x` for the input.
  let name: String
  /// How many elements were moved.
  let elements: Int
  /// See `gradientError`.
  let error: Double
}

/// Checks ∂loss/∂x and ∂loss/∂p for every parameter p of a layer.
///
/// A layer's y is no loss yet. Σ y ⊙ dy is one, for any fixed dy, and ∂loss/∂y is then that dy: what
/// `gradients` is to hand to the backward pass. A random dy favours no direction.
func checkGradients<Layer: Parameterized>(
  of layer: Layer, at x: Tensor, loss: (Layer, Tensor) -> Double,
  gradients: (Layer, Tensor) -> (dx: Tensor, gradient: Layer)
) -> [GradientCheck] {
  let (dx, gradient) = gradients(layer, x)
  let input = GradientCheck(
    name: "x", elements: x.count,
    error: gradientError(dx, at: x) { loss(layer, $0) })
  return [input] + checkParameterGradients(of: layer, gradient: gradient) { loss($0, x) }
}

/// The same for the parameters alone, where the input is not a tensor. Traps unless `gradient` has
/// room for every parameter.
func checkParameterGradients<Layer: Parameterized>(
  of layer: Layer, gradient: Layer, loss: (Layer) -> Double
) -> [GradientCheck] {
  precondition(
    layer.parameters.map(\.name) == gradient.parameters.map(\.name),
    "checkParameterGradients: layer and gradient are made of different tensors")
  return zip(layer.parameters, gradient.parameters).map { parameter, slope in
    let error = gradientError(slope.tensor, at: parameter.tensor) { moved in
      var layer = layer
      layer.walk("") { name, tensor in if name == parameter.name { tensor = moved } }
      return loss(layer)
    }
    return GradientCheck(name: parameter.name, elements: parameter.tensor.count, error: error)
  }
}

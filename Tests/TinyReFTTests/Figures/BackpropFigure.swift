import Foundation
@testable import TinyReFT

extension Figures {
  /// How far central differences are from the true slope, over the step, in Float and in Double.
  @Sendable static func backprop() -> Drawing {
    let steps = stride(from: -15.0, through: 0, by: 0.125).map { pow(10, $0) }
    func valley<T: BinaryFloatingPoint>(_: T.Type, from least: Double) -> [(x: Double, y: Double)] {
      steps.filter { $0 > least }.map { (log10($0), log10(differenceError(step: T($0)))) }
    }
    func floor(_ ulp: Double) -> [(x: Double, y: Double)] {
      let x = log10(cbrt(ulp))
      return [(x, -15), (x, 0)]
    }
    return Chart(
      title: "Central differences, powers of ten: error over step", xLabel: "step",
      yLabel: "error",
      series: [
        .init("Double", color: .blue, points: valley(Double.self, from: 1e-15)),
        .init("∛u of Double", color: .blue, points: floor(Double.ulpOfOne), dashed: true),
        // Upon Double's, which goes the same way where steps are long, and shows between the dashes.
        .init("Float", color: .orange, points: valley(Float.self, from: 1e-7), dashed: true),
        .init("∛u of Float", color: .orange, points: floor(Double(Float.ulpOfOne)), dashed: true),
      ]
    ).drawing
  }

  /// ‖a − f‖ / (‖a‖ + ‖f‖) over 401 places, as in `gradientError`, for y = x / √((x² + 1) / 2): what
  /// RMSNorm makes of x in the row [x, 1].
  private static func differenceError<T: BinaryFloatingPoint>(step: T) -> Double {
    func y(_ x: T) -> T { x / ((x * x + 1) / 2).squareRoot() }
    var (difference, analytic, numeric) = (0.0, 0.0, 0.0)
    for k in -200...200 {
      let x = T(k) / 100
      let (above, below) = (x + step, x - step)
      let slope = (Double(y(above)) - Double(y(below))) / (Double(above) - Double(below))
      // y′ = (1 − x̂² / 2) / ρ with x̂ = y and ρ = √((x² + 1) / 2): the chapter on RMSNorm.
      let rho = ((Double(x) * Double(x) + 1) / 2).squareRoot()
      let xHat = Double(x) / rho
      let truth = (1 - xHat * xHat / 2) / rho
      difference += (truth - slope) * (truth - slope)
      analytic += truth * truth
      numeric += slope * slope
    }
    return difference.squareRoot() / (analytic.squareRoot() + numeric.squareRoot())
  }
}

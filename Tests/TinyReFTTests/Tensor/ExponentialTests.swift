import Foundation
import Testing

@testable import TinyReFT

@Suite("Exponential (docs/12-vectors.md)")
struct ExponentialTests {
  private func exponential(_ x: Float) -> Float {
    Exponential.exp(SIMD16(repeating: x))[7]
  }

  @Test("e⁰ is 1, and 2ⁿ for x = n ln 2 is nearly so")
  func workedExample() {
    #expect(exponential(0) == 1)
    // ln 2 = 0.6931472 and r = 0: only 2ⁿ is left.
    #expect(exponential(0.693_147_2) == 2)
    #expect(exponential(-0.693_147_2) == 0.5)
  }

  @Test("the error is at most 1.01 units in the last place, from −87.3 to 88")
  func accuracy() {
    var worst = 0.0
    for step in 0...200_000 {
      let x = Float(-87.3 + 175.3 * Double(step) / 200_000)
      guard x >= -87.3, x <= 88 else { continue }
      let exact = Foundation.exp(Double(x))
      worst = max(worst, abs(Double(exponential(x)) - exact) / Double(Float(exact).ulp))
    }
    #expect(worst <= 1.01, "\(worst)")
    #expect(worst > 0.5)
  }

  @Test("below, it is 0; above, it stays finite; NaN stays NaN")
  func edges() {
    #expect(exponential(-88) == 0 && exponential(-.infinity) == 0)
    #expect(exponential(1000) == .infinity && exponential(.infinity) == .infinity)
    #expect(exponential(.nan).isNaN)
  }

  @Test("a lane does not look at its neighbours")
  func lanes() {
    var x = SIMD16<Float>()
    for lane in x.indices { x[lane] = Float(lane) - 8 }
    let y = Exponential.exp(x)
    for lane in x.indices { #expect(y[lane] == exponential(x[lane])) }
  }

  @Test("the logistic function", .disabled("exercise 12.1"))
  func exercise() {
    var worst = 0.0
    for step in 0...20_000 {
      let g = Float(step) / 1000 - 10
      let ours = 1 / (1 + exponential(-g))
      let exact = 1 / (1 + Foundation.exp(-Double(g)))
      worst = max(worst, abs(Double(ours) - exact) / Double(Float(exact).ulp))
    }
    // Put your guess here, to one digit behind the point.
    #expect((10 * worst).rounded() == 0)
  }
}

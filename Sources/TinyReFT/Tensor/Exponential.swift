import Foundation

/// eˣ for a whole vector: softmax and SiLU need it millions of times in a step.
///
///     forward    x = n ln 2 + r,  |r| ≤ ½ ln 2:   eˣ = 2ⁿ eʳ,  and eʳ ≈ 1 + r + r² p(r)
///
///     units      error at most 1.01 units in the last place from −87.3 to 88; below, where a float
///                loses its precision, 0; above, ∞
///     paper      Cody & Waite 1980, "Software Manual for the Elementary Functions", chapter 6; the
///                polynomial is that of Moshier's Cephes library
///     differs    Double, in debug builds, takes the system's exponential
enum Exponential {
  @inline(__always)
  static func exp(_ x: SIMD16<Float>) -> SIMD16<Float> {
    typealias V = SIMD16<Float>
    // Not `clamped`, which goes lane by lane.
    let y = x.replacing(with: -87.3, where: x .< -87.3).replacing(with: 88, where: x .> 88)
    // Added to 1.5 · 2²³, a float keeps no fraction: the sum ends in the bits of the nearest n.
    let shift: Float = 0x1.8p23
    let shifted = fused(y, V(repeating: 1.442_695_04), V(repeating: shift))
    let n = shifted - shift
    // ln 2 in two parts, the first of few bits, so that n times it is exact.
    let r = fused(n, V(repeating: 2.121_944_4e-4), fused(n, V(repeating: -0.693_359_375), y))
    var p = V(repeating: 1.987_569_15e-4)
    for coefficient: Float in [
      1.398_199_95e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_55e-1, 0.5,
    ] { p = fused(p, r, V(repeating: coefficient)) }
    let e = fused(p, r * r, r) + 1
    // 2ⁿ is the float whose exponent is n + 127 and whose fraction is zero.
    let bits = unsafe unsafeBitCast(shifted, to: SIMD16<UInt32>.self) &+ 127
    let power = unsafe unsafeBitCast(bits &<< 23, to: V.self)
    return (e * power).replacing(with: 0, where: x .< -87.3)
      .replacing(with: .infinity, where: x .> 88)
  }
}

/// eˣ, lane by lane.
#if DEBUG
  func exp(_ x: Lanes) -> Lanes {
    var y = x
    for lane in x.indices { y[lane] = Foundation.exp(x[lane]) }
    return y
  }
#else
  @inline(__always)
  func exp(_ x: Lanes) -> Lanes { Exponential.exp(x) }
#endif

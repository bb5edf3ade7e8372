/// How Llama 3 reads further than it was first trained to: slow pairs turn more slowly still.
///
/// A pair that comes round often within the first context is left alone, for it tells neighbours
/// apart. One that does not come round even a few times would meet angles that it has never seen,
/// so it is slowed down by `factor`. What lies between is mixed.
///
///     forward    f′ = f · (s + (1 − s) / factor)
///                s = (turns − low) / (high − low), cut to 0 … 1;  turns = f · original context / 2π
///
///     units      f, f′ in radians a token
///     paper      none: transformers' `rope_type: llama3`, for Llama 3.1 and later
///     differs    computed in Double
struct RotaryScaling: Sendable, Equatable {
  var factor: Double
  /// Pairs that turn no more often than this in the original context are slowed down in full.
  var lowTurns: Double
  /// Pairs that turn at least so often are left alone.
  var highTurns: Double
  var originalContextLength: Int

  init(factor: Double, lowTurns: Double, highTurns: Double, originalContextLength: Int) {
    (self.factor, self.lowTurns, self.highTurns) = (factor, lowTurns, highTurns)
    self.originalContextLength = originalContextLength
  }

  func scaled(_ frequency: Double) -> Double {
    let turns = frequency * Double(originalContextLength) / (2 * .pi)
    let s = min(max((turns - lowTurns) / (highTurns - lowTurns), 0), 1)
    return frequency * (s + (1 - s) / factor)
  }
}

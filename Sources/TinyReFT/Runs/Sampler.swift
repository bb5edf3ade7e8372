import Foundation

/// How the next token is drawn from its logits, where the likeliest one is not simply taken.
///
///     draw       pₜ = softmax(logits / temperature)ₜ, and with probability pₜ / Σ p of those that are left
///                token t. Left are as few of the likeliest as have topP of the probability together
///
/// A temperature below one makes the likely likelier, above one all become alike; at 0 the likeliest is taken.
///
///     paper      Holtzman et al. 2020, arXiv:1904.09751v2, section 3.1: nucleus sampling
public struct Sampler: Sendable {
  private let temperature, topP: Double
  private var stream: RandomStream

  /// Traps on a negative temperature, and on a share of none or of more than all.
  public init(temperature: Double, topP: Double = 1, seed: UInt64) {
    precondition(temperature >= 0, "Sampler: the temperature \(temperature) is negative")
    precondition(topP > 0 && topP <= 1, "Sampler: \(topP) is no share of all")
    (self.temperature, self.topP) = (temperature, topP)
    stream = RandomStream(seed: seed)
  }

  /// A token; nil where there is nothing to choose by (see `likeliest`).
  public mutating func next(_ logits: Tensor) -> Int? {
    guard let best = logits.likeliest, temperature > 0 else { return logits.likeliest }
    let largest = logits[0, best]
    var weights = logits.elements.map { exp(Double($0 - largest) / temperature) }
    if topP < 1 { leaveNucleus(of: &weights) }
    // Walk along the probabilities until a uniform share of their sum is used up.
    var remaining = stream.uniform() * weights.reduce(0, +)
    let drawn = weights.firstIndex { weight in
      remaining -= weight
      return remaining < 0
    }
    // Rounding can leave a rest that is nobody's.
    return drawn ?? best
  }

  /// Sets all others to 0.
  private func leaveNucleus(of weights: inout [Double]) {
    var missing = topP * weights.reduce(0, +)
    for token in weights.indices.sorted(by: { (weights[$0], $1) > (weights[$1], $0) }) {
      if missing <= 0 { weights[token] = 0 } else { missing -= weights[token] }
    }
  }
}

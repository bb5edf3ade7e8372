import Foundation

/// How the learning rate goes over a run: up from zero during the warm-up, then down to zero or not.
///
///     factor     step / w  for step < w;  afterwards, with x = (step − w) / (n − w):
///                linear 1 − x,  cosine (1 + cos πx) / 2,  constant 1;  x stays 1 from step n on
///
///     units      steps count from 0; w = ⌊warm-up · n⌋, n the number of steps of the run
///     paper      Wu et al. 2024, arXiv:2404.03592v3, appendix D.1: linear with warm-up
///     differs    the factors are those of Hugging Face's schedules, whose cosine rises again from
///                step n on; Hugging Face rounds w up, so that a run of one step would stand still
public enum Schedule: String, Sendable, CaseIterable, Codable {
  case linear, cosine, constant

  /// What the learning rate is multiplied by at `step` of `steps`, with this share of warm-up.
  /// Traps unless the share is within 0 … 1.
  func factor(step: Int, of steps: Int, warmup: Double) -> Double {
    precondition((0...1).contains(warmup), "Schedule: a warm-up of \(warmup) is no share of a run")
    let warmupSteps = Int(warmup * Double(steps))
    if step < warmupSteps { return Double(step) / Double(warmupSteps) }
    let x = step < steps ? Double(step - warmupSteps) / Double(steps - warmupSteps) : 1
    return switch self {
    case .linear: 1 - x
    case .cosine: (1 + cos(.pi * x)) / 2
    case .constant: 1
    }
  }
}

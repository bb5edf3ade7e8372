import Foundation

/// How the learning rate goes over a run: up from zero during the warm-up, then down to zero or not.
///
///     factor     s / w  for step s < w;  afterwards, with x = (s − w) / (n − w):
///                linear 1 − x,  cosine (1 + cos πx) / 2,  constant 1
///
///     units      steps count from 0; w = ⌊warm-up · n⌋, n the number of steps of the run
///     paper      Wu et al. 2024, arXiv:2404.03592v3, appendix D.1: linear with warm-up
///     differs    nothing; the factors are those of Hugging Face's schedules
///     read       docs/40-training.md
///     check      Tests/TinyReFTTests/Training/ScheduleTests.swift
public enum Schedule: String, Sendable, CaseIterable, Codable {
  case linear, cosine, constant

  /// What the learning rate is multiplied by at `step` of `steps`, with this share of warm-up.
  public func factor(step: Int, of steps: Int, warmup: Double) -> Double {
    let warmupSteps = Int(warmup * Double(steps))
    if step < warmupSteps { return Double(step) / Double(warmupSteps) }
    let x = Double(step - warmupSteps) / Double(max(1, steps - warmupSteps))
    return switch self {
    case .linear: 1 - x
    case .cosine: (1 + cos(.pi * x)) / 2
    case .constant: 1
    }
  }
}

/// Φ of an intervention: a learned function from hidden vectors to hidden vectors.
///
/// Every Φ of the paper adds something to h, so a conformance says what is added:
/// Φ(h) = h + Δ(h), row by row.
///
///     forward    Δ(h)
///     backward   dh = the slope of Δ alone; the caller adds that of h itself
///
///     shapes     h, Δ, dΔ, dh: [rows, d]
///     paper      Wu et al. 2024, arXiv:2404.03592v3, definition 3.1
///     differs    nothing
public protocol InterventionFunction: Parameterized {
  /// What `backward` needs.
  associatedtype Cache: Sendable

  /// What files and the command call it.
  static var method: String { get }

  /// A new Φ of this rank on vectors of this width; traps unless 1 ≤ rank ≤ width.
  init(rank: Int, width: Int, start: Start, using stream: inout RandomStream)

  func forward(_ h: Tensor) -> (delta: Tensor, cache: Cache)

  func backward(_ dDelta: Tensor, _ cache: Cache, into gradient: inout Self) -> Tensor
}

extension InterventionFunction {
  /// Φ(h) = h + Δ(h).
  public func callAsFunction(_ h: Tensor) -> Tensor { h + forward(h).delta }
}

/// Where training starts.
public enum Start: String, Sendable, CaseIterable {
  /// Φ(h) = h: the adapted model begins as the base.
  case identity
  /// pyreft's: every tensor random, so that Φ changes h from the first step.
  case random
}

extension Tensor {
  /// PyTorch's default for a linear layer: uniform within ±1/√(inputs).
  static func torchLinear(
    rows: Int = 1, columns: Int, inputs: Int, using stream: inout RandomStream
  ) -> Tensor {
    .uniform(
      rows: rows, columns: columns, bound: 1 / Double(inputs).squareRoot(), using: &stream)
  }
}

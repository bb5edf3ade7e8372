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
public protocol InterventionFunction: Parameterized, Equatable {
  /// What `backward` needs.
  associatedtype Cache: Sendable

  /// What files and the command call it.
  static var method: String { get }

  /// Whether some tensors make Φ(h) = h for every h, so that training can start there.
  static var hasIdentity: Bool { get }

  /// A new Φ of this rank on vectors of this width; traps unless 1 ≤ rank ≤ width.
  init(rank: Int, width: Int, start: Start, using stream: inout RandomStream)

  var rank: Int { get }

  func forward(_ h: Tensor) -> (delta: Tensor, cache: Cache)

  /// The same where only some directions act, a one in `activity`, [rows, r]; nil for all.
  func forward(_ h: Tensor, activity: Tensor?) -> (delta: Tensor, cache: Cache)

  func backward(_ dDelta: Tensor, _ cache: Cache, into gradient: inout Self) -> Tensor

  /// The same Φ as files hold it: a constraint that training enforces is applied to the tensors.
  var canonical: Self { get }

  /// Takes tensors that were just loaded as they are, and returns how far they are from the
  /// constraint; 0 where there is none.
  mutating func settle() -> Scalar

  /// max |R Rᵀ − I|, how far the rows of R are from orthonormal; nil where there is no R.
  var departure: Scalar? { get }
}

extension InterventionFunction {
  /// Φ(h) = h + Δ(h).
  public func callAsFunction(_ h: Tensor) -> Tensor { h + forward(h).delta }

  /// Only LoReFT's directions can be chosen, as in pyreft, where `SubloreftIntervention` alone looks
  /// at `subspaces`. Traps on any other choice than all.
  public func forward(_ h: Tensor, activity: Tensor?) -> (delta: Tensor, cache: Cache) {
    precondition(activity == nil, "\(Self.method) has no subspaces")
    return forward(h)
  }

  public static var hasIdentity: Bool { true }

  public var canonical: Self { self }

  public mutating func settle() -> Scalar { 0 }

  public var departure: Scalar? { nil }
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

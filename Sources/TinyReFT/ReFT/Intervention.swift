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

/// ⟨Φ, P, l⟩: apply Φ to the hidden states at positions P, right after layer l made them.
///
///     forward    h_p ← h_p + mask ⊙ Δ(h_p)  for p in P,  h_p otherwise
///     backward   dΔ = mask ⊙ dh_p,  dh_p ← dh_p + Δᵀ(dΔ)  for p in P
///
///     shapes     h, dh: [T, d];  mask: [rows in P, d], in training only
///     units      layers count from 0
///     paper      Wu et al. 2024, arXiv:2404.03592v3, definition 3.1 and eq. 7
///     differs    the paper's layers count from 1. Dropout falls on the edit; pyreft's falls on the
///                whole edited vector
public struct Intervention<Phi: InterventionFunction>: Sendable {
  var phi: Phi
  let positions: PositionSet
  let layer: Int

  init(phi: Phi, positions: PositionSet, layer: Int) {
    (self.phi, self.positions, self.layer) = (phi, positions, layer)
  }

  /// The name that its tensors start with in files: `layers.2.suffix.`
  var path: String { "layers.\(layer).\(positions.name)." }

  public struct Cache: Sendable {
    let rows: [Int]
    let phi: Phi.Cache
    let mask: Tensor?
  }

  /// Edits h in place; `mask` is dropout's. nil when no row is edited, as in a batch of prompts too
  /// short for P.
  func forward(_ h: inout Tensor, rows: [Int], mask: Tensor?) -> Cache? {
    guard !rows.isEmpty else { return nil }
    var (delta, cache) = phi.forward(h.gathered(rows: rows))
    if let mask { delta.multiply(by: mask) }
    h.scatterAdd(delta, rows: rows)
    return Cache(rows: rows, phi: cache, mask: mask)
  }

  /// Turns ∂loss/∂(edited h) into ∂loss/∂h in place, and adds Φ's gradient to `gradient`.
  func backward(_ dh: inout Tensor, _ cache: Cache, into gradient: inout Phi) {
    var dDelta = dh.gathered(rows: cache.rows)
    if let mask = cache.mask { dDelta.multiply(by: mask) }
    dh.scatterAdd(phi.backward(dDelta, cache.phi, into: &gradient), rows: cache.rows)
  }
}

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
  public var phi: Phi
  public let positions: PositionSet
  public let layer: Int

  public init(phi: Phi, positions: PositionSet, layer: Int) {
    (self.phi, self.positions, self.layer) = (phi, positions, layer)
  }

  /// The name that its tensors start with in files: `layers.2.suffix.`
  public var path: String { "layers.\(layer).\(positions.name)." }

  public struct Cache: Sendable {
    let rows: [Int]
    let phi: Phi.Cache
    let mask: Tensor?
  }

  /// Edits h in place. nil when no row is edited, as in a batch of prompts too short for P.
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

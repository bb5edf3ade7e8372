/// A LoReFT at the last prompt token, of which on each example only some directions act: what stands
/// between the two halves of eq. 2, h → u and u → Δ.
///
///     forward    u = a ⊙ (h·Wᵀ + b − h·Rᵀ),   Δ = u·R
///     backward   du = a ⊙ (dΔ·Rᵀ), and from there as LoReFT
///
///     shapes     a: [n, r], one where a direction acts and zero where it does not; else as LoReFT
///     paper      Wu et al. 2024, arXiv:2404.03592v3, appendix G.1
///     differs    pyreft has a class of its own, `SubloreftIntervention`, which chooses rows of R, W and b
struct Subspaces: Adaptation {
  var phi: LoReFT
  let layer: Int
  /// Which directions act on an example. Their rows of W and b learn from it, and no others.
  let directions: @Sendable (TokenSequence) -> Range<Int>

  mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try phi.walk(path, visit)
  }

  func firstEdit(ofPrompt n: Int) -> (block: Int, token: Int)? { (layer, n - 1) }

  struct Edit: Sendable {
    let rows: [Int]
    let activity: Tensor
    let loreft: LoReFT.Cache
  }

  /// nil after every other block.
  typealias Cache = Edit?

  func forward(
    _ h: consuming Tensor, afterBlock layer: Int, of batch: Batch
  ) -> (h: Tensor, cache: Cache) {
    guard layer == self.layer else { return (h, nil) }
    let rows = batch.rows { n in [n - 1..<n] }
    let whole = phi.forward(h.gathered(rows: rows)).cache
    var (activity, u) = (Tensor.zeros(like: whole.u), whole.u)
    for (i, example) in batch.examples.enumerated() {
      for k in directions(example) { activity[i, k] = 1 }
    }
    u.multiply(by: activity)
    h.scatterAdd(matmul(u, whole.gramSchmidt.R), rows: rows)
    let cache = LoReFT.Cache(h: whole.h, u: u, gramSchmidt: whole.gramSchmidt)
    return (h, Edit(rows: rows, activity: activity, loreft: cache))
  }

  func backward(
    _ dh: consuming Tensor, _ cache: Cache, afterBlock layer: Int, into gradient: inout Subspaces
  ) -> Tensor {
    guard let cache else { return dh }
    let (R, dDelta) = (cache.loreft.gramSchmidt.R, dh.gathered(rows: cache.rows))
    var du = matmul(dDelta, transposed: R)
    du.multiply(by: cache.activity)
    if !gradient.phi.W.isEmpty {
      let duH = matmul(transposed: du, cache.loreft.h)
      let dR = matmul(transposed: cache.loreft.u, dDelta) - duH
      gradient.phi.A += GramSchmidt.backward(dR, cache.loreft.gramSchmidt)
      gradient.phi.W += duH
      gradient.phi.b += du.columnSums
    }
    dh.scatterAdd(matmul(du, phi.W - R), rows: cache.rows)
    return dh
  }
}

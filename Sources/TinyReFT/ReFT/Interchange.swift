/// Distributed interchange intervention: in a subspace, the base vector becomes what the source is.
///
/// Base and source are hidden vectors of one model at one place, for two inputs. If the model then
/// answers as if a variable had been changed to the source's, the variable lives in that subspace.
///
///     forward    DII(b, s, R) = b + Rᵀ(R s − R b)
///                by rows: u = (s − b)·Rᵀ,   Δ = u·R
///     backward   du = dΔ·Rᵀ      ds = du·R,  db = −ds      dR = uᵀ·dΔ + duᵀ·(s − b)
///                dA = GramSchmidtᵀ(dR)
///
///     shapes     base b, source s, Δ: [n, d]     R, A: [r, d]     u: [n, r]
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 3.1, eq. 1; Geiger et al. 2023,
///                arXiv:2303.02536, where it comes from
///     differs    R = GramSchmidt(A) for a free A; pyvene lets torch parametrize it
public struct Interchange: Parameterized, Equatable {
  /// A, [r, d]: free to move, for R is made from it.
  var A: Tensor

  /// R, [r, d], with orthonormal rows.
  var R: Tensor { GramSchmidt.forward(A).R }

  /// The subspace that the rows of A span. Traps when A has more rows than columns.
  init(A: Tensor) {
    precondition(A.rows <= A.columns, "Interchange: \(A.shape) has more rows than columns")
    self.A = A
  }

  /// A random subspace, no direction preferred; traps unless 1 ≤ rank ≤ width.
  init(rank r: Int, width d: Int, using stream: inout RandomStream) {
    precondition((1...d).contains(r), "Interchange: no \(r) orthonormal rows of width \(d)")
    self.init(A: .gaussian(rows: r, columns: d, using: &stream))
  }

  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try visit(path + "R", &A)
  }

  /// What `backward` needs. Of base and source only the difference counts.
  public struct Cache: Sendable {
    let difference: Tensor
    let u: Tensor
    let gramSchmidt: GramSchmidt.Cache
  }

  /// Δ = DII(b, s, R) − b. Traps unless base and source have one shape.
  func forward(_ base: Tensor, source: Tensor) -> (delta: Tensor, cache: Cache) {
    let (R, gramSchmidt) = GramSchmidt.forward(A)
    let difference = source - base
    let u = matmul(difference, transposed: R)
    return (matmul(u, R), Cache(difference: difference, u: u, gramSchmidt: gramSchmidt))
  }

  /// R stands in Δ twice, as the way into the subspace and as the way back: dR has a term for each.
  /// The slope at the base, of Δ alone, is −ds.
  func backward(
    _ dDelta: Tensor, _ cache: Cache, into gradient: inout Interchange
  ) -> (dBase: Tensor, dSource: Tensor) {
    let (R, u) = (cache.gramSchmidt.R, cache.u)
    let du = matmul(dDelta, transposed: R)
    if !gradient.A.isEmpty {
      let dR = matmul(transposed: u, dDelta) + matmul(transposed: du, cache.difference)
      gradient.A += GramSchmidt.backward(dR, cache.gramSchmidt)
    }
    let dSource = matmul(du, R)
    return (-1 * dSource, dSource)
  }
}

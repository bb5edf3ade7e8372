/// Low-rank linear subspace ReFT: moves h within an r-dimensional subspace to where it should be.
///
/// R h is what h has in the subspace that the rows of R span; W h + b is what it should have. Rᵀ
/// carries the difference back. Outside the subspace h stays as it is.
///
///     forward    Φ(h) = h + Rᵀ(W h + b − R h)
///                by rows: u = h·Wᵀ + b − h·Rᵀ,   Δ = u·R
///     backward   du = dΔ·Rᵀ      dR = uᵀ·dΔ − duᵀ·h      dW = duᵀ·h      db = Σᵢ duᵢ
///                dh = du·(W − R)                dA = GramSchmidtᵀ(dR)
///
///     shapes     h, Δ: [n, d]     R, W, A: [r, d]     b: [r]     u: [n, r]
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 3.2, eq. 2
///     differs    R = GramSchmidt(A) for a free A; pyreft stores Rᵀ, [d, r], and parametrizes it
///                with torch. Training starts at the identity (W = R, b = 0); pyreft's start is
///                `Start.random`
public struct LoReFT: InterventionFunction, Equatable {
  public static let method = "loreft"

  /// A, [r, d]: AdamW moves it freely, and every forward pass makes R of it anew. Files have R by the name
  /// of R; read as an A it gives the same R, for Gram-Schmidt leaves it as it is.
  public var A: Tensor
  /// W, [r, d].
  public var W: Tensor
  /// b, [r].
  public var b: Tensor

  /// R, [r, d], with orthonormal rows.
  public var R: Tensor { GramSchmidt.forward(A).R }

  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try visit(path + "R", &A)
    try visit(path + "W", &W)
    try visit(path + "b", &b)
  }

  /// What `backward` needs.
  public struct Cache: Sendable {
    let h: Tensor
    let u: Tensor
    let gramSchmidt: GramSchmidt.Cache
  }

  public func forward(_ h: Tensor) -> (delta: Tensor, cache: Cache) {
    let (R, gramSchmidt) = GramSchmidt.forward(A)
    var u = matmul(h, transposed: W) - matmul(h, transposed: R)
    u.addToEachRow(b)
    return (matmul(u, R), Cache(h: h, u: u, gramSchmidt: gramSchmidt))
  }

  /// R stands in Δ twice, as the way into the subspace and as the way back: dR has a term for each.
  public func backward(_ dDelta: Tensor, _ cache: Cache, into gradient: inout LoReFT) -> Tensor {
    let (R, h, u) = (cache.gramSchmidt.R, cache.h, cache.u)
    let du = matmul(dDelta, transposed: R)
    // Frozen all three, or none.
    if !gradient.W.isEmpty {
      let duH = matmul(transposed: du, h)
      let dR = matmul(transposed: u, dDelta) - duH
      gradient.A += GramSchmidt.backward(dR, cache.gramSchmidt)
      gradient.W += duH
      gradient.b += du.columnSums
    }
    return matmul(du, W - R)
  }
}

extension LoReFT {
  public init(rank r: Int, width d: Int, start: Start, using stream: inout RandomStream) {
    precondition((1...d).contains(r), "LoReFT: no \(r) orthonormal rows of width \(d)")
    A = GramSchmidt.forward(.gaussian(rows: r, columns: d, using: &stream)).R
    switch start {
    case .identity:
      W = A
      b = Tensor(repeating: 0, columns: r)
    case .random:
      W = .torchLinear(rows: r, columns: d, inputs: d, using: &stream)
      b = .torchLinear(columns: r, inputs: d, using: &stream)
    }
  }
}

/// Low-rank linear subspace ReFT: moves h within an r-dimensional subspace to where it should be.
///
/// R h is what h says in the subspace that the rows of R span; W h + b is what it should say. Rᵀ
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
public struct LoReFT: InterventionFunction {
  public static let method = "loreft"

  /// A, [r, d]: free to move, for R is made from it. In files it goes by R's name, because an A with
  /// orthonormal rows is its own R.
  public var A: Tensor
  /// W, [r, d].
  public var W: Tensor
  /// b, [r].
  public var b: Tensor

  /// R, [r, d], with orthonormal rows.
  public var R: Tensor { orthonormalised.R }

  /// An A that is known to be orthonormal: while A has not moved from it, R is A, bit for bit. So a
  /// loaded R is used as it was stored.
  private var orthonormal: Tensor

  private var orthonormalised: (R: Tensor, cache: GramSchmidt.Cache) {
    A == orthonormal ? GramSchmidt.forward(orthonormal: A) : GramSchmidt.forward(A)
  }

  public var rank: Int { W.rows }

  public init(rank r: Int, width d: Int, start: Start, using stream: inout RandomStream) {
    precondition((1...d).contains(r), "LoReFT: no \(r) orthonormal rows of width \(d)")
    orthonormal = GramSchmidt.forward(.gaussian(rows: r, columns: d, using: &stream)).R
    A = orthonormal
    switch start {
    case .identity:
      W = A
      b = Tensor(repeating: 0, columns: r)
    case .random:
      W = .torchLinear(rows: r, columns: d, inputs: d, using: &stream)
      b = .torchLinear(columns: r, inputs: d, using: &stream)
    }
  }

  /// From the tensors of a file, whose R has orthonormal rows.
  public init(R: Tensor, W: Tensor, b: Tensor) {
    precondition(
      R.shape == W.shape && b.rows == 1 && b.columns == W.rows && W.rows <= W.columns,
      "LoReFT: R is \(R.shape), W is \(W.shape), b is \(b.shape)")
    (self.A, self.orthonormal, self.W, self.b) = (R, R, W, b)
  }

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
    let activity: Tensor?
  }

  public func forward(_ h: Tensor) -> (delta: Tensor, cache: Cache) { forward(h, activity: nil) }

  /// A direction that does not act on a row writes nothing there, and learns nothing from it.
  public func forward(_ h: Tensor, activity: Tensor?) -> (delta: Tensor, cache: Cache) {
    let (R, gramSchmidt) = orthonormalised
    var u = matmul(h, transposed: W) - matmul(h, transposed: R)
    u.addToEachRow(b)
    if let activity { u.multiply(by: activity) }
    return (
      matmul(u, R), Cache(h: h, u: u, gramSchmidt: gramSchmidt, activity: activity)
    )
  }

  /// R stands in Δ twice, as the way into the subspace and as the way back: dR has a term for each.
  public func backward(_ dDelta: Tensor, _ cache: Cache, into gradient: inout LoReFT) -> Tensor {
    let (R, h, u) = (cache.gramSchmidt.R, cache.h, cache.u)
    var du = matmul(dDelta, transposed: R)
    if let activity = cache.activity { du.multiply(by: activity) }
    if !gradient.W.isEmpty {
      let duH = matmul(transposed: du, h)
      let dR = matmul(transposed: u, dDelta) - duH
      gradient.A += GramSchmidt.backward(dR, cache.gramSchmidt)
      gradient.W += duH
      gradient.b += du.columnSums
    }
    return matmul(du, W - R)
  }

  public var canonical: LoReFT {
    LoReFT(R: R, W: W, b: b)
  }

  public mutating func settle() -> Scalar {
    orthonormal = A
    return GramSchmidt.departure(A)
  }

  public var departure: Scalar? { GramSchmidt.departure(R) }
}

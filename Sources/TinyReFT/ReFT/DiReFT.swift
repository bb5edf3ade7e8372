/// Direct ReFT: LoReFT without the difference and without the constraint.
///
///     forward    Φ(h) = h + W2ᵀ(W1 h + b)
///                by rows: u = h·W1ᵀ + b,   Δ = u·W2
///     backward   du = dΔ·W2ᵀ     dW2 = uᵀ·dΔ     dW1 = duᵀ·h     db = Σᵢ duᵢ     dh = du·W1
///
///     shapes     h, Δ: [n, d]     W1, W2: [r, d]     b: [r]     u: [n, r]
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 3.2, eq. 3
///     differs    this is pyreft's `NodireftIntervention`; its `DireftIntervention` keeps an
///                orthonormal R. Training starts at the identity (W1 = 0, b = 0); pyreft's start is
///                `Start.random`
public struct DiReFT: InterventionFunction, Equatable {
  public static let method = "direft"

  /// W1, [r, d]: what is read from h.
  public var W1: Tensor
  /// W2, [r, d]: what is written for it.
  public var W2: Tensor
  /// b, [r].
  public var b: Tensor

  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try visit(path + "W1", &W1)
    try visit(path + "W2", &W2)
    try visit(path + "b", &b)
  }

  /// What `backward` needs.
  public struct Cache: Sendable {
    let h: Tensor
    let u: Tensor
  }

  public func forward(_ h: Tensor) -> (delta: Tensor, cache: Cache) {
    var u = matmul(h, transposed: W1)
    u.addToEachRow(b)
    return (matmul(u, W2), Cache(h: h, u: u))
  }

  public func backward(_ dDelta: Tensor, _ cache: Cache, into gradient: inout DiReFT) -> Tensor {
    let du = matmul(dDelta, transposed: W2)
    if !gradient.W1.isEmpty {
      addMatmul(transposed: cache.u, dDelta, to: &gradient.W2)
      addMatmul(transposed: du, cache.h, to: &gradient.W1)
      gradient.b += du.columnSums
    }
    return matmul(du, W1)
  }
}

extension DiReFT {
  public init(rank r: Int, width d: Int, start: Start, using stream: inout RandomStream) {
    precondition((1...d).contains(r), "DiReFT: rank \(r) is not within 1 … \(d)")
    W2 = .torchLinear(rows: r, columns: d, inputs: d, using: &stream)
    switch start {
    case .identity:
      W1 = .zeros(like: W2)
      b = Tensor(repeating: 0, columns: r)
    case .random:
      W1 = .torchLinear(rows: r, columns: d, inputs: d, using: &stream)
      b = .torchLinear(columns: r, inputs: d, using: &stream)
    }
  }
}

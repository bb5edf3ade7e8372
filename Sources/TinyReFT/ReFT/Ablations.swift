/// The family that eqs. 2 and 3 belong to: u is written along r directions, Out. Members differ in
/// what u is made of, and in whether Out is orthonormal; `Form` says which member this is.
///
///     forward    Φ(h) = h + Outᵀ(In h + b − Out h), in which a form may lack In h or Out h
///                by rows: u = h·Inᵀ + b − h·Outᵀ,   Δ = u·Out
///     backward   du = dΔ·Outᵀ    dOut = uᵀ·dΔ − duᵀ·h    dIn = duᵀ·h    db = Σᵢ duᵢ
///                dh = du·(In − Out)
///                a missing term takes its slopes with it; where Out is R, dA = GramSchmidtᵀ(dOut)
///
///     shapes     h, Δ: [n, d]     In, Out, A: [r, d]     b: [r]     u: [n, r]
///     paper      Wu et al. 2024, arXiv:2404.03592v3, appendix E, table 17
///     differs    the names are those of pyreft's classes.
///                Training starts at the identity where there is one; pyreft's start is `Start.random`
struct Ablation<Form: AblationForm>: InterventionFunction, Equatable {
  static var method: String { Form.method }

  /// What Out is made from, [r, d]: as in LoReFT where Out is R; Out itself where it is W2.
  var A: Tensor
  /// In, [r, d]: W, or W1 where Out is W2. Empty in a form that does not read.
  var In: Tensor = .none
  /// b, [r].
  var b: Tensor

  /// Out, [r, d].
  var Out: Tensor { made.Out }

  private var made: (Out: Tensor, cache: GramSchmidt.Cache?) {
    guard Form.isOrthonormal else { return (A, nil) }
    let (R, cache) = GramSchmidt.forward(A)
    return (R, cache)
  }

  mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try visit(path + (Form.isOrthonormal ? "R" : "W2"), &A)
    if Form.reads { try visit(path + (Form.isOrthonormal ? "W" : "W1"), &In) }
    try visit(path + "b", &b)
  }

  /// What `backward` needs.
  struct Cache: Sendable {
    let h: Tensor
    let u: Tensor
    let Out: Tensor
    let gramSchmidt: GramSchmidt.Cache?
  }

  func forward(_ h: Tensor) -> (delta: Tensor, cache: Cache) {
    let (Out, gramSchmidt) = made
    var u = Tensor(repeating: 0, rows: h.rows, columns: A.rows)
    if Form.reads { u += matmul(h, transposed: In) }
    if Form.replaces { u.add(matmul(h, transposed: Out), scaledBy: -1) }
    u.addToEachRow(b)
    return (matmul(u, Out), Cache(h: h, u: u, Out: Out, gramSchmidt: gramSchmidt))
  }

  func backward(_ dDelta: Tensor, _ cache: Cache, into gradient: inout Self) -> Tensor {
    let (h, Out) = (cache.h, cache.Out)
    let du = matmul(dDelta, transposed: Out)
    if !gradient.b.isEmpty {
      let duH = matmul(transposed: du, h)
      var dOut = matmul(transposed: cache.u, dDelta)
      if Form.replaces { dOut.add(duH, scaledBy: -1) }
      if Form.reads { gradient.In += duH }
      gradient.A += cache.gramSchmidt.map { GramSchmidt.backward(dOut, $0) } ?? dOut
      gradient.b += du.columnSums
    }
    var dh = Tensor.zeros(like: h)
    if Form.reads { dh += matmul(du, In) }
    if Form.replaces { dh.add(matmul(du, Out), scaledBy: -1) }
    return dh
  }
}

extension Ablation {
  /// A form that replaces without reading sets R Φ(h) = b, for every h. It has no identity, and both
  /// starts are pyreft's.
  init(rank r: Int, width d: Int, start: Start, using stream: inout RandomStream) {
    precondition((1...d).contains(r), "\(Form.method): rank \(r) is not within 1 … \(d)")
    A =
      Form.isOrthonormal
      ? GramSchmidt.forward(.gaussian(rows: r, columns: d, using: &stream)).R
      : .torchLinear(rows: r, columns: d, inputs: d, using: &stream)
    In = .none
    b = Tensor(repeating: 0, columns: r)
    switch (start, Form.reads) {
    case (.identity, true): In = Form.replaces ? A : .zeros(like: A)
    case (.identity, false) where !Form.replaces: break
    case (_, true):
      In = .torchLinear(rows: r, columns: d, inputs: d, using: &stream)
      b = .torchLinear(columns: r, inputs: d, using: &stream)
    case (_, false): b = Tensor(columns: r, elements: (0..<r).map { _ in Scalar(stream.uniform()) })
    }
  }
}

/// Which member of the family. LoReFT would be true, true, true; DiReFT true, false, false.
protocol AblationForm: Sendable {
  static var method: String { get }
  /// u has In h.
  static var reads: Bool { get }
  /// u has −Out h: what h has along Out is taken away.
  static var replaces: Bool { get }
  /// Out is R, with orthonormal rows; otherwise W2, which is free.
  static var isOrthonormal: Bool { get }
}

/// h + W2ᵀ(W1 h + b − W2 h): LoReFT without the constraint.
typealias NoReFT = Ablation<NoReFTForm>
enum NoReFTForm: AblationForm {
  static let (method, reads, replaces, isOrthonormal) = ("noreft", true, true, false)
}

/// h + Rᵀ(b − R h): LoReFT without W h.
typealias ConsReFT = Ablation<ConsReFTForm>
enum ConsReFTForm: AblationForm {
  static let (method, reads, replaces, isOrthonormal) = ("consreft", false, true, true)
}

/// h + Rᵀ b: the same vector for every h.
typealias LobiReFT = Ablation<LobiReFTForm>
enum LobiReFTForm: AblationForm {
  static let (method, reads, replaces, isOrthonormal) = ("lobireft", false, false, true)
}

/// h + Rᵀ(W h + b): LoReFT without the difference. pyreft calls it DiReFT, which is eq. 3 here.
typealias OrthonormalDiReFT = Ablation<OrthonormalDiReFTForm>
enum OrthonormalDiReFTForm: AblationForm {
  static let (method, reads, replaces, isOrthonormal) =
    ("orthonormal-direft", true, false, true)
}

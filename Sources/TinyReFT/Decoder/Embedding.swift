/// One vector for each token: read by row on the way in, compared with every row on the way out.
///
///     forward    embed:    h = E[tokens]          unembed:  logits = h · Eᵀ
///     backward   dE[token] += dh, row by row      dh = dlogits · E     dE += dlogitsᵀ · h
///
///     shapes     E, dE: [V, d]     tokens: n     h, dh: [n, d]     logits, dlogits: [n, V]
///     paper      Press & Wolf 2017, arXiv:1608.05859v3: one matrix for both directions
///     differs    a decoder with an untied head has a second matrix of this type, used on the way
///                out only
struct Embedding: Parameterized {
  /// E, [V, d]: row t belongs to token t.
  var weight: Tensor

  /// Vectors of tokens that no text has, numbered from V on; nil in ReFT.
  var soft: (any SoftTokens)?

  /// E as `unembed` reads it, if it was packed (see `Linear`).
  private var packed: PackedMatrix?

  init(weight: Tensor) { self.weight = weight }

  mutating func pack(_ isFrozen: Bool) { packed = isFrozen ? PackedMatrix(weight) : nil }

  mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try visit(path + "weight", &weight)
    try soft?.walk(path, visit)
  }

  /// h = E[tokens]. Traps on a token outside the vocabulary.
  func embed(_ tokens: [Int]) -> Tensor {
    let V = weight.rows
    precondition(
      tokens.allSatisfy { (0..<V + (soft?.count ?? 0)).contains($0) },
      "Embedding: a token outside the vocabulary of \(V)")
    return soft?.embed(tokens, beside: weight) ?? weight.gathered(rows: tokens)
  }

  /// Adds dh to the rows that were read; a token that came twice gets both. Tokens have no slope,
  /// so nothing is returned.
  func embedBackward(_ dh: Tensor, _ tokens: [Int], into gradient: inout Embedding) {
    if let soft { return soft.backward(dh, tokens, beside: weight, into: &gradient) }
    if !gradient.weight.isEmpty { gradient.weight.scatterAdd(dh, rows: tokens) }
  }

  /// logits = h · Eᵀ: how much each token's vector agrees with h.
  func unembed(_ h: Tensor) -> Tensor { matmul(h, transposed: weight, packed) }

  /// Returns dh, and adds dE to `gradient`, unless the layer is frozen. With a tied head both
  /// directions add to the same dE.
  func unembedBackward(
    _ dlogits: Tensor, _ h: Tensor, into gradient: inout Embedding
  ) -> Tensor {
    if !gradient.weight.isEmpty { addMatmul(transposed: dlogits, h, to: &gradient.weight) }
    return matmul(dlogits, weight)
  }
}

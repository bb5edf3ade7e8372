/// Prompt tuning: k learned vectors stand before the text where embeddings of tokens would.
///
///     forward    h⁰ = [P; embed(tokens)]
///     backward   dP = the rows of dh⁰ in front, summed over the sequences
///
///     The decoder reads k tokens there that no vocabulary has, and P are their embeddings (`VirtualTokens`).
///
///     shapes     P: [k, d]     h, dh: [T, d]
///     paper      Lester et al. 2021, arXiv:2104.08691v2, section 2
///     differs    begins at the embeddings of tokens drawn from the whole vocabulary, the paper's
///                "sampled vocabulary" among its 5,000 commonest; peft begins as N(0, 1) or at a text
///                of the user's own. The base is changed from the start
struct SoftPrompts: VirtualTokens, Rival {
  static let method = "prompt-tuning"

  static let choices: Set<RivalChoice> = [.size]

  /// P.
  private(set) var vectors: Tensor

  init(_ vectors: Tensor) { self.vectors = vectors }

  static func attach(
    _ c: RivalConfiguration, to decoder: inout Decoder, seed: UInt64
  ) -> [String: String] {
    // "soft": not the numbers that the base began with.
    var stream = RandomStream(seed: seed, 0x736F_6674)
    let vocabulary = decoder.embedding.weight
    let rows = (0..<c.size).map { _ in Int.random(in: 0..<vocabulary.rows, using: &stream) }
    decoder.embedding.soft = SoftPrompts(vocabulary.gathered(rows: rows))
    // The name is that of Hugging Face's peft.
    return ["model.embed_tokens.prompt_embeddings": "prompt_embeddings"]
  }

  /// k·d.
  static func parameterCount(
    _ c: RivalConfiguration, for base: DecoderConfiguration
  ) -> Int {
    c.size * base.hiddenSize
  }

  mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try visit(path + "prompt_embeddings", &vectors)
  }

  var count: Int { vectors.rows }

  func backward(_ dVectors: Tensor, into gradient: inout SoftPrompts) {
    if !gradient.vectors.isEmpty { gradient.vectors += dVectors }
  }
}

/// Vectors that tokens behind the vocabulary stand for.
protocol VirtualTokens: SoftTokens {
  /// P.
  var vectors: Tensor { get }

  /// Adds its own to `gradient`, from ∂loss/∂P.
  func backward(_ dVectors: Tensor, into gradient: inout Self)
}

extension VirtualTokens {
  /// Each token's vector: from the weights, or from those that are numbered behind them.
  func embed(_ tokens: [Int], beside weight: Tensor) -> Tensor {
    let (V, vectors) = (weight.rows, vectors)
    return Tensor(
      stacking: tokens.map { token in
        token < V ? weight.gathered(rows: [token]) : vectors.gathered(rows: [token - V])
      })
  }

  /// Each row of dh goes to the vector that was read: of the weights, if they learn, or of these.
  func backward(
    _ dh: Tensor, _ tokens: [Int], beside weight: Tensor, into gradient: inout Embedding
  ) {
    guard var own = gradient.soft.take() as? Self else {
      preconditionFailure("\(Self.self): a gradient of another kind")
    }
    let V = weight.rows
    let (read, soft) = (
      tokens.indices.filter { tokens[$0] < V }, tokens.indices.filter { tokens[$0] >= V }
    )
    if !gradient.weight.isEmpty {
      gradient.weight.scatterAdd(dh.gathered(rows: read), rows: read.map { tokens[$0] })
    }
    var sum = Tensor(repeating: 0, rows: count, columns: dh.columns)
    sum.scatterAdd(dh.gathered(rows: soft), rows: soft.map { tokens[$0] - V })
    backward(sum, into: &own)
    gradient.soft = own
  }
}

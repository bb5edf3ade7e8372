/// A language model of Llama's architecture: tokens in, a score for every next token out.
///
///     forward    h⁰ = embed(tokens)     hˡ⁺¹ = edit(Blockˡ(hˡ))     logits = unembed(RMSNorm(hᴸ))
///     backward   the same steps in reverse; `AdaptedDecoder` walks both ways
///
///     shapes     tokens: T     h: [T, d]     logits: [targets, V], only at the rows that are asked
///     paper      Touvron et al. 2023, arXiv:2302.13971v1, section 2.2
///     differs    `edit` is the identity in the paper; here it is the adaptation's (eq. 7 of ReFT)
public struct Decoder: Parameterized {
  public let configuration: DecoderConfiguration
  var embedding: Embedding
  public var blocks: [Block]
  var norm: RMSNorm

  /// The matrix of the way out where it is not the embedding's own; nil when they are tied.
  var head: Embedding?

  /// Keys and values before those of every text; nil in ReFT.
  var prefix: (any Prefix)?

  /// A decoder that has learned nothing yet: the same seed gives the same weights.
  public init(_ configuration: DecoderConfiguration, seed: UInt64) {
    var stream = RandomStream(seed: seed)
    let c = configuration
    let deviation = 1 / Double(c.hiddenSize).squareRoot()
    func matrix() -> Embedding {
      Embedding(
        weight: .gaussian(
          rows: c.vocabularySize, columns: c.hiddenSize, deviation: deviation, using: &stream))
    }
    self.configuration = c
    embedding = matrix()
    blocks = (0..<c.layerCount).map { _ in Block(c, using: &stream) }
    norm = RMSNorm(width: c.hiddenSize, epsilon: c.normEpsilon)
    head = c.tiesEmbeddings ? nil : matrix()
  }

  /// The names are those of Hugging Face's `LlamaForCausalLM`.
  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try embedding.walk(path + "model.embed_tokens.", visit)
    for l in blocks.indices { try blocks[l].walk(path + "model.layers.\(l).", visit) }
    try norm.walk(path + "model.norm.", visit)
    try head?.walk(path + "lm_head.", visit)
    try prefix?.walk(path, visit)
  }

  /// Packs every matrix that hidden states pass through, for a base that stays frozen, or undoes it.
  mutating func pack(_ isFrozen: Bool) {
    for l in blocks.indices {
      for matrix in Block.matrices { blocks[l][keyPath: matrix].pack(isFrozen) }
    }
    if head == nil { embedding.pack(isFrozen) } else { head?.pack(isFrozen) }
  }

  /// For each block, what stands before so many new texts: nothing, or the prefix.
  func past(sequences count: Int) -> [Past] {
    blocks.indices.map { l in
      prefix?[block: l].map { Past(endToEnd: Array(repeating: $0, count: count)) }
        ?? .none(sequences: count)
    }
  }

  /// The turns of the rotary embedding at these positions of a text, which begins behind a prefix; the
  /// same in every block.
  func turns(at positions: [Int]) -> RotaryEmbedding.Turns {
    let rotary = blocks.first?.attention.rotary ?? RotaryEmbedding(configuration)
    return rotary.turns(at: positions.map { $0 + (prefix?.count ?? 0) })
  }

  /// The logits, from what the last norm makes.
  func unembed(_ normed: Tensor) -> Tensor {
    (head ?? embedding).unembed(normed)
  }

  /// From dlogits to dnormed; adds to the gradient of whichever matrix was used.
  func unembedBackward(
    _ dlogits: Tensor, _ normed: Tensor, into gradient: inout Decoder
  ) -> Tensor {
    guard let head else {
      return embedding.unembedBackward(dlogits, normed, into: &gradient.embedding)
    }
    // Taken out and put back, so that there is one owner and adding does not copy it.
    var dHead = gradient.head.take() ?? head.frozen
    let dNormed = head.unembedBackward(dlogits, normed, into: &dHead)
    gradient.head = dHead
    return dNormed
  }
}

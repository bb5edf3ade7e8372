/// A language model of Llama's architecture: tokens in, a score for every next token out.
///
///     forward    h⁰ = embed(tokens)     hˡ⁺¹ = edit(Blockˡ(hˡ))     logits = unembed(RMSNorm(hᴸ))
///     backward   the same steps in reverse
///
///     shapes     tokens: T     h: [T, d]     logits: [targets, V], only at the rows that are asked
///     paper      Touvron et al. 2023, arXiv:2302.13971v1, section 2.2
///     differs    `edit` is the identity in the paper; here it is the adaptation's (eq. 7 of ReFT)
public struct Decoder: Parameterized {
  public let configuration: DecoderConfiguration
  public var embedding: Embedding
  public var blocks: [Block]
  public var norm: RMSNorm

  /// The matrix of the way out where it is not the embedding's own; nil when they are tied.
  public var head: Embedding?

  /// Keys and values before those of every text; nil in ReFT.
  public var prefix: (any Prefix)?

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

  /// A decoder without weights, which a reader fills in by the walk: none is drawn only to be
  /// thrown away. What a block keeps beside its weights does not depend on d and f, so that a narrow
  /// one serves, and all blocks begin as its copies.
  init(unfilled c: DecoderConfiguration) {
    var (narrow, stream) = (c, RandomStream(seed: 0))
    (narrow.hiddenSize, narrow.feedForwardSize) = (1, 1)
    configuration = c
    embedding = Embedding(weight: .none)
    blocks = Array(repeating: Block(narrow, using: &stream).frozen, count: c.layerCount)
    norm = RMSNorm(width: 1, epsilon: c.normEpsilon).frozen
    head = c.tiesEmbeddings ? nil : Embedding(weight: .none)
  }

  /// The names are those of Hugging Face's `LlamaForCausalLM`.
  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try embedding.walk(path + "model.embed_tokens.", visit)
    for l in blocks.indices { try blocks[l].walk(path + "model.layers.\(l).", visit) }
    try norm.walk(path + "model.norm.", visit)
    try head?.walk(path + "lm_head.", visit)
    try prefix?.walk(path, visit)
  }

  /// Whether a tensor of this name is the base's own, and not of what hangs in it.
  static func isOwn(_ name: String) -> Bool {
    let parts = name.split(separator: ".").suffix(2)
    guard parts.last == "weight", let layer = parts.first else { return false }
    return ["embed_tokens", "lm_head"].contains(layer)
      || ["_proj", "norm"].contains { layer.hasSuffix($0) }
  }

  /// How many blocks, from the lowest on, make what they make whatever hangs in the decoder and learns.
  var fixedBlockCount: Int {
    let first = blocks.indices.first { blocks[$0].isEdited || prefix?[block: $0] != nil }
    return embedding.soft == nil ? first ?? blocks.count : 0
  }

  /// How many places of the context are taken by what hangs in the decoder.
  public var takenContext: Int { (prefix?.count ?? 0) + (embedding.soft?.count ?? 0) }

  /// The example as the decoder reads it: behind the tokens that nobody wrote.
  public func placed(_ example: TokenSequence) -> TokenSequence {
    guard let soft = embedding.soft else { return example }
    let first = embedding.weight.rows
    return TokenSequence(
      tokens: Array(first..<first + soft.count) + example.tokens,
      promptLength: soft.count + example.promptLength)
  }

  /// Packs every matrix that hidden states pass through, for a base that stays frozen, or undoes it.
  mutating func pack(_ isFrozen: Bool) {
    for l in blocks.indices {
      blocks[l].attention.queries.pack(isFrozen)
      blocks[l].attention.keys.pack(isFrozen)
      blocks[l].attention.values.pack(isFrozen)
      blocks[l].attention.output.pack(isFrozen)
      blocks[l].feedForward.gate.pack(isFrozen)
      blocks[l].feedForward.up.pack(isFrozen)
      blocks[l].feedForward.down.pack(isFrozen)
    }
    if head == nil { embedding.pack(isFrozen) } else { head?.pack(isFrozen) }
  }

  /// The turns of the rotary embedding at these positions of a text, which begins behind a prefix; the
  /// same in every block.
  func turns(at positions: [Int]) -> RotaryEmbedding.Turns {
    RotaryEmbedding(configuration).turns(at: positions.map { $0 + (prefix?.count ?? 0) })
  }

  /// The logits, from what the last norm makes.
  func unembed(_ normed: Tensor, threads: Int = 1) -> Tensor {
    (head ?? embedding).unembed(normed, threads: threads)
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

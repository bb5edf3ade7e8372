/// Prompt tuning: k learned vectors stand before the text where embeddings of tokens would.
///
///     forward    h⁰ = [P; embed(tokens)]
///     backward   dP = the rows of dh⁰ in front, summed over the sequences
///
///     The decoder reads k tokens there that no vocabulary has, and P are their embeddings (`SoftTokens`).
///
///     shapes     P: [k, d]     h, dh: [T, d]
///     paper      Lester et al. 2021, arXiv:2104.08691v2, section 2
///     differs    begins at the embeddings of tokens drawn from the whole vocabulary, the paper's
///                "sampled vocabulary" among its 5,000 commonest; peft begins as N(0, 1) or at a text
///                of the user's own. The base is changed from the start
public struct SoftPrompts: SoftTokens, Rival {
  public static let method = "prompt-tuning"

  public static let choices: Set<RivalChoice> = [.size]

  /// P.
  public private(set) var vectors: Tensor

  public init(_ vectors: Tensor) { self.vectors = vectors }

  public static func attach(
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
  public static func parameterCount(
    _ c: RivalConfiguration, for base: DecoderConfiguration
  ) -> Int {
    c.size * base.hiddenSize
  }

  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try visit(path + "prompt_embeddings", &vectors)
  }

  public var count: Int { vectors.rows }

  public func backward(_ dVectors: Tensor, into gradient: inout SoftPrompts) {
    if !gradient.vectors.isEmpty { gradient.vectors += dVectors }
  }
}

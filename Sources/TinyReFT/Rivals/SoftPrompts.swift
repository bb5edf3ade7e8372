/// Prompt tuning: k learned vectors stand before the text where embeddings of tokens would.
///
///     forward    h⁰ = [P; embed(tokens)]
///     backward   dP = the rows of dh⁰ in front, summed over the sequences
///
///     The decoder puts k tokens there (`softTokenCount`); which, does not matter, because here, "after
///     block −1", P takes the place of their embeddings, which therefore hear no gradient.
///
///     shapes     P: [k, d]     h, dh: [T, d]
///     paper      Lester et al. 2021, arXiv:2104.08691v2, section 2
///     differs    begins at the embeddings of tokens drawn from the whole vocabulary, the paper's
///                "sampled vocabulary" among its 5,000 commonest; peft begins as N(0, 1) or at a text
///                of the user's own. The base is changed from the start
public struct SoftPrompts: Rival {
  public static let method = "prompt-tuning"

  public static let choices: Set<RivalChoice> = [.size]

  /// P.
  public private(set) var prompt: Tensor

  public init(_ prompt: Tensor) { self.prompt = prompt }

  public init(_ c: RivalConfiguration, for base: Decoder, seed: UInt64) {
    // "soft": not the numbers that the base began with.
    var stream = RandomStream(seed: seed, 0x736F_6674)
    let vocabulary = base.embedding.weight
    self.init(
      vocabulary.gathered(
        rows: (0..<c.size).map { _ in Int.random(in: 0..<vocabulary.rows, using: &stream) }))
  }

  /// k·d.
  public static func parameterCount(
    _ c: RivalConfiguration, for base: DecoderConfiguration
  ) -> Int {
    c.size * base.hiddenSize
  }

  /// The name is that of Hugging Face's peft.
  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try visit(path + "prompt_embeddings", &prompt)
  }

  public var softTokenCount: Int { prompt.rows }

  /// Which rows of the batch are in front, and the vector of P that each of them is.
  public struct Cache: Sendable {
    let rows: [Int]
    let places: [Int]
  }

  public func forward(
    _ h: consuming Tensor, afterBlock layer: Int, of batch: Batch
  ) -> (h: Tensor, cache: Cache) {
    let rows =
      layer == -1 ? batch.positions.indices.filter { batch.positions[$0] < prompt.rows } : []
    let places = rows.map { batch.positions[$0] }
    for (row, place) in zip(rows, places) {
      h.elements.replaceSubrange(h.row(row), with: prompt.elements[prompt.row(place)])
    }
    return (h, Cache(rows: rows, places: places))
  }

  public func backward(
    _ dh: consuming Tensor, _ cache: Cache, afterBlock layer: Int, into gradient: inout SoftPrompts
  ) -> Tensor {
    if !gradient.prompt.isEmpty {
      gradient.prompt.scatterAdd(dh.gathered(rows: cache.rows), rows: cache.places)
    }
    for row in cache.rows { for k in dh.row(row) { dh.elements[k] = 0 } }
    return dh
  }
}

/// A place where vectors hang that learn: they stand before every text like tokens that nobody wrote. Of
/// other methods than ReFT; the embedding knows no more of them than this.
///
///     shapes     P: [k, d], the vectors; tokens from V on are numbers of its rows
///     paper      Wu et al. 2024, arXiv:2404.03592v3, appendix B: soft prompts
protocol SoftTokens: Parameterized {
  /// k.
  var count: Int { get }

  /// Each token's vector: a row of `weight`, or of P.
  func embed(_ tokens: [Int], beside weight: Tensor) -> Tensor

  /// Adds each row of dh to the gradient of the row that was read: of `weight`, if it learns, or of P.
  func backward(
    _ dh: Tensor, _ tokens: [Int], beside weight: Tensor, into gradient: inout Embedding)
}

/// Keys and values that stand before those of every text, and learn: prefix tuning's.
protocol Prefix: Parameterized {
  /// How many places they take in every block.
  var count: Int { get }

  /// Those of one block, as of one sequence; nil where it has none.
  subscript(block layer: Int) -> Past? { get }

  /// Adds the gradient that came back in one block: `count` rows from each sequence.
  mutating func add(_ gradient: (keys: Tensor, values: Tensor), block layer: Int)
}

extension Decoder {
  /// How many places of the context are taken by what hangs in the decoder.
  public var takenContext: Int { (prefix?.count ?? 0) + (embedding.soft?.count ?? 0) }

  /// The example as the decoder reads it: behind the tokens that nobody wrote.
  func placed(_ example: TokenSequence) -> TokenSequence {
    guard let soft = embedding.soft else { return example }
    let first = embedding.weight.rows
    return TokenSequence(
      tokens: Array(first..<first + soft.count) + example.tokens,
      promptLength: soft.count + example.promptLength)
  }
}

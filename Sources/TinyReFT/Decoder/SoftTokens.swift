/// A place where vectors hang that learn: they stand before every text like tokens that nobody wrote. Of
/// other methods than ReFT; the embedding knows no more of them than this.
///
///     forward    P
///     backward   dP = the rows of dh⁰ where they stood, summed over the sequences
///
///     shapes     P, dP: [k, d]
///     paper      Wu et al. 2024, arXiv:2404.03592v3, appendix B: soft prompts
public protocol SoftTokens: Parameterized {
  /// k.
  var count: Int { get }

  var vectors: Tensor { get }

  func backward(_ dVectors: Tensor, into gradient: inout Self)
}

extension SoftTokens {
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

/// Keys and values that stand before those of every text, and learn: prefix tuning's.
public protocol Prefix: Parameterized {
  /// How many places they take in every block.
  var count: Int { get }

  /// Those of one block, as of one sequence; nil where it has none.
  subscript(block layer: Int) -> Past? { get }

  /// Adds to a gradient what one block heard: `count` rows from each sequence.
  mutating func add(_ gradient: (keys: Tensor, values: Tensor), block layer: Int)
}

extension Decoder {
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
}

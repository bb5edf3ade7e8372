/// A place where vectors hang that learn: they stand before every text like tokens that nobody wrote. Of
/// other methods than ReFT; the embedding knows no more of them than this.
///
///     forward    P
///     backward   dP = the rows of dh⁰ where they stood, summed over the sequences
///
///     shapes     P, dP: [k, d]
///     paper      Wu et al. 2024, arXiv:2404.03592v3, appendix B: soft prompts
///     differs    nothing
public protocol SoftTokens: Parameterized {
  /// k.
  var count: Int { get }

  var vectors: Tensor { get }

  func backward(_ dVectors: Tensor, into gradient: inout Self)
}

extension SoftTokens {
  /// The rows of dh that are theirs: tokens from `first` on.
  func backward(
    _ dh: Tensor, _ tokens: [Int], after first: Int, into gradient: inout (any SoftTokens)?
  ) {
    guard var own = gradient.take() as? Self else {
      preconditionFailure("\(Self.self): a gradient of another kind")
    }
    let rows = tokens.indices.filter { tokens[$0] >= first }
    var sum = Tensor(repeating: 0, rows: count, columns: dh.columns)
    sum.scatterAdd(dh.gathered(rows: rows), rows: rows.map { tokens[$0] - first })
    backward(sum, into: &own)
    gradient = own
  }
}

/// Keys and values that stand before those of every text, and learn: prefix tuning's.
public protocol Prefix: Parameterized {
  /// How many places they take in every block.
  var count: Int { get }

  /// Those of one block; nil where it has none.
  subscript(block layer: Int) -> KeysAndValues? { get }

  /// Adds to a gradient what one block heard, summed over the sequences.
  mutating func add(_ gradient: KeysAndValues, block layer: Int)
}

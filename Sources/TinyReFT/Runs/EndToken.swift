/// Whether a base can say that a text is over.
///
/// Some have never read their end token: in their training the next text's first token came where one text
/// ends. What a model never reads is pushed away alike by every step, until all such tokens have one row of
/// the unembedding, and so one logit after any text. Then no edit of a hidden state can make the end token
/// the likeliest.
///
///     units      rows are alike that differ by less than a fiftieth of their length
extension BaseModel {
  /// A token that the end token cannot be told from; nil where there is none.
  public var twinOfEnd: Int? { twin(of: tokenizer.endOfText) }

  /// A token that may end texts instead, by its name: the first of every text, where it has no twin.
  public var otherEnd: String? {
    guard let first = tokenizer.beginningOfText, first != tokenizer.endOfText,
      twin(of: first) == nil
    else { return nil }
    return tokenizer.name(of: first)
  }

  private func twin(of token: Int) -> Int? {
    let rows = (decoder.head ?? decoder.embedding).weight
    func row(_ token: Int) -> Tensor { rows.gathered(rows: [token]) }
    let own = row(token)
    return (0..<rows.rows).first { other in
      let difference = row(other) - own
      return other != token && difference.dot(difference) <= own.dot(own) / 2500
    }
  }
}

import Foundation

/// One head of causal attention: every query takes a weighted mean of the values up to its own.
///
///     forward    S = q · kᵀ / √w     P = softmax(S), row by row, over the keys up to the query
///                o = P · v
///     backward   dv = Pᵀ · do        dP = do · vᵀ
///                dS = P ⊙ (dP − Σⱼ dPⱼ Pⱼ)
///                dq = dS · k / √w    dk = dSᵀ · q / √w
///
///     shapes     q, o: [n, w]     k, v: [m, w]     S, P: [n, m],  m ≥ n
///     paper      Vaswani et al. 2017, arXiv:1706.03762v7, eq. 1
///     differs    m may exceed n: the first m − n keys are older than every query, of a past or of rows
///                that are not made. `.scores`, `.left` and `.leftTransposed` are products that leave out
///                the triangle of zeros
enum AttentionHead {
  /// o, and P for `backward`. Traps unless k and v have the same shape and reach the last query.
  static func forward(q: MatrixView, k: MatrixView, v: MatrixView) -> (o: Tensor, weights: Tensor) {
    precondition(
      k.rows == v.rows && k.columns == v.columns && q.columns == k.columns && k.rows >= q.rows,
      "AttentionHead: q is \(q.shape), k is \(k.shape), v is \(v.shape)")
    let earlier = k.rows - q.rows
    var weights = matmul(q, k.transposed, .scores(earlier: earlier))
    let scale = 1 / Scalar(q.columns).squareRoot()
    for i in 0..<q.rows {
      // Query i stands where key `visible − 1` does, and sees no key after it.
      softmax(&weights, row: i, visible: earlier + i + 1, scale: scale)
    }
    return (matmul(MatrixView(weights), v, .left(earlier: earlier)), weights)
  }

  /// dq, dk and dv; a head has no parameters of its own.
  ///
  /// Raising one score lowers every other weight of its row, because they sum to one: hence the
  /// weighted mean of dP that is subtracted.
  static func backward(
    _ dO: MatrixView, q: MatrixView, k: MatrixView, v: MatrixView, weights: Tensor
  ) -> (dq: Tensor, dk: Tensor, dv: Tensor) {
    let earlier = k.rows - q.rows
    let dv = matmul(MatrixView(transposed: weights), dO, .leftTransposed(earlier: earlier))
    // dP first; the loop turns it into dS, and takes in the 1/√w that dq and dk share.
    var dS = matmul(dO, v.transposed, .scores(earlier: earlier))
    let scale = 1 / Scalar(q.columns).squareRoot()
    for i in 0..<dS.rows {
      let row = dS.row(i)
      let seen = row.prefix(earlier + i + 1)
      let mean = dS[in: seen].sum(with: weights[in: seen]) { dP, p in dP * p }
      dS.update(in: seen, with: weights[in: seen]) { dP, p in scale * p * (dP - mean) }
      dS.update(in: seen.upperBound..<row.upperBound) { _ in .zero }
    }
    let dk = matmul(MatrixView(transposed: dS), q, .leftTransposed(earlier: earlier))
    return (matmul(MatrixView(dS), k, .left(earlier: earlier)), dk, dv)
  }

  /// Turns the first `visible` products of a row, times `scale`, into weights that sum to one, and
  /// the rest into zeros.
  ///
  /// The largest score is subtracted first: it changes nothing (numerator and denominator shrink by
  /// the same factor) and keeps exp from overflowing.
  private static func softmax(_ scores: inout Tensor, row: Int, visible: Int, scale: Scalar) {
    let row = scores.row(row)
    let seen = row.prefix(visible)
    let largest = scores[in: seen].largest
    let sum = scores.updateSum(in: seen) { score in exp(scale * (score - largest)) }
    let share = 1 / sum
    scores.update(in: seen) { e in e * share }
    scores.update(in: seen.upperBound..<row.upperBound) { _ in .zero }
  }
}

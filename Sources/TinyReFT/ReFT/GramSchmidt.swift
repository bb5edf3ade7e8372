/// Gram and Schmidt's way from any matrix A to a matrix R with orthonormal rows.
///
/// Row after row, the part along every earlier row is taken out, and what is left is scaled to length
/// one. R then spans what A spans, and R Rᵀ = I. A row that is orthonormal already, up to rounding,
/// stays as it is: so the R of R is R, bit for bit.
///
///     forward    v = aᵢ;   twice, for j = 0 … i−1:  c = rⱼ · v,  v ← v − c rⱼ;   rᵢ = v / ‖v‖
///     backward   dv = (drᵢ − rᵢ (rᵢ · drᵢ)) / ‖v‖;   then for each of those steps, the last first:
///                s = rⱼ · dv,  drⱼ ← drⱼ − s v − c dv,  dv ← dv − s rⱼ;   daᵢ = dv
///
///     The v of a step is what it began with, and only the last one is kept. That is enough. The second
///     pass is undone first: it changed nothing (c = 0), so that its v is the last one; and it leaves dv at
///     right angles to every rⱼ. In the first pass s is therefore 0, and v does not count.
///
///     shapes     A, R, dA, dR: [r, d],  r ≤ d     v, dv: [d]     c, s: one number a step
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 3.2: R has orthonormal rows. Giraud et al.
///                2005, doi:10.1007/s00211-005-0615-4: two passes are enough for rows of full
///                numerical rank, in the classical way; for this one it is measured
///     differs    pyreft uses torch's orthogonal parametrization (Householder), which
///                reaches the same R but for a set of measure zero
enum GramSchmidt {
  /// What `backward` needs: R, and for each of its rows the coefficients c in the order in which
  /// they were computed. v is the row's length times rᵢ.
  struct Cache: Sendable {
    let R: Tensor
    let rows: [Row]
  }

  /// How one row came about. Its length is nil when it did not come from A.
  struct Row: Sendable {
    let coefficients: [Scalar]
    let length: Scalar?
  }

  /// How far from orthonormal a row may be that stays as it is: what float32 rounds, for in files R
  /// is float32.
  static let rounding = 8 * Scalar(Float.ulpOfOne)

  /// R. Traps when A has more rows than columns, for then no R exists.
  static func forward(_ A: Tensor) -> (R: Tensor, cache: Cache) {
    precondition(A.rows <= A.columns, "GramSchmidt: \(A.shape) has more rows than columns")
    var R = A
    let rows = (0..<A.rows).map { i in
      isOrthonormal(row: i, of: R)
        ? Row(coefficients: Array(repeating: 0, count: 2 * i), length: 1)
        : orthonormalise(row: i, of: &R)
    }
    return (R, Cache(R: R, rows: rows))
  }

  /// dA. The last row is undone first, for it was made from all the others.
  static func backward(_ dR: Tensor, _ cache: Cache) -> Tensor {
    let R = cache.R
    // Row i holds drᵢ until its turn comes, and daᵢ afterwards.
    var dRows = dR
    for (i, row) in cache.rows.enumerated().reversed() {
      let ri = R.gathered(rows: [i])
      var dv = dRows.gathered(rows: [i])
      if let length = row.length {
        // rᵢ = v / ‖v‖ does not change when v grows, so the slope along rᵢ is dropped.
        dv.add(ri, scaledBy: -Scalar(ri.dot(dv)))
        dv = (1 / length) * dv
        let v = length * ri
        // Two passes over the i earlier rows.
        for (step, c) in row.coefficients.enumerated().reversed() {
          let j = step % i
          let rj = R.gathered(rows: [j])
          let s = Scalar(rj.dot(dv))
          dRows.scatterAdd(-s * v - c * dv, rows: [j])
          dv.add(rj, scaledBy: -s)
        }
      } else {
        dv = .zeros(like: dv)
      }
      dRows[rows: i..<i + 1, columns: 0..<R.columns] = dv
    }
    return dRows
  }

  /// Whether row i is of length one, and at right angles to those before it.
  private static func isOrthonormal(row i: Int, of R: Tensor) -> Bool {
    (0...i).allSatisfy { j in abs(dot(R, j, R, i) - (j == i ? 1 : 0)) <= rounding }
  }

  /// Replaces row i of `R` by what is left of it without the earlier rows, at length one.
  ///
  /// How long a row is does not matter to R, but squares of large numbers overflow, and those of small ones
  /// vanish. So the row is first divided by a power of two near its largest number: no bit is lost. NaN
  /// and ∞ stay in the row, and are seen in R.
  private static func orthonormalise(row i: Int, of R: inout Tensor) -> Row {
    let largest = R.gathered(rows: [i]).largestMagnitude
    let unit = largest > 0 && largest.isFinite ? largest.binade : 1
    for k in R.row(i) { R.elements[k] /= unit }
    let original = dot(R, i, R, i).squareRoot()
    let coefficients = removeEarlierRows(from: i, of: &R)
    let length = dot(R, i, R, i).squareRoot()
    // A row that is shorter than the least normal number has no finite slope, and counts as zero.
    let isIndependent =
      length > 8 * Scalar.ulpOfOne * original && length * unit >= .leastNormalMagnitude
    guard isIndependent || !length.isFinite else {
      takeFreeDirection(row: i, of: &R)
      return Row(coefficients: coefficients, length: nil)
    }
    for k in R.row(i) { R.elements[k] /= length }
    return Row(coefficients: coefficients.map { $0 * unit }, length: length * unit)
  }

  /// For a row of which nothing is left, zero or dependent on earlier ones up to rounding: a direction that
  /// is orthogonal to theirs. `backward` takes it for a constant.
  ///
  /// Some axis is at least √(1 − i/d) away from the span of i rows: it takes the one that is furthest.
  private static func takeFreeDirection(row i: Int, of R: inout Tensor) {
    let covered = (0..<R.columns).map { k in
      (0..<i).reduce(Scalar(0)) { $0 + R[$1, k] * R[$1, k] }
    }
    let axis = covered.indices.min { covered[$0] < covered[$1] } ?? 0
    for k in 0..<R.columns { R[i, k] = k == axis ? 1 : 0 }
    _ = removeEarlierRows(from: i, of: &R)
    let length = dot(R, i, R, i).squareRoot()
    for k in R.row(i) { R.elements[k] /= length }
  }

  /// Two passes, because rounding in the first leaves a little of the earlier rows when most of the
  /// row is taken away.
  private static func removeEarlierRows(from i: Int, of R: inout Tensor) -> [Scalar] {
    var coefficients: [Scalar] = []
    for _ in 0..<2 {
      for j in 0..<i {
        let c = dot(R, j, R, i)
        for k in 0..<R.columns { R[i, k] -= c * R[j, k] }
        coefficients.append(c)
      }
    }
    return coefficients
  }

  /// Summed in Double, because rounding grows with the length of a sum: in Float, rows of 4,096
  /// numbers would stray from orthonormal by 2e-6.
  private static func dot(_ a: Tensor, _ i: Int, _ b: Tensor, _ j: Int) -> Scalar {
    var sum = 0.0
    for k in 0..<a.columns { sum += Double(a[i, k]) * Double(b[j, k]) }
    return Scalar(sum)
  }
}

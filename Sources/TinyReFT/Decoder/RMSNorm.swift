/// Root mean square normalisation: divides each row by its size, then scales each column.
///
///     forward    y  = g ⊙ x̂            x̂ = x / ρ,  ρ = √(mean(x²) + ε)
///     backward   dx = (g ⊙ dy − x̂ · mean(g ⊙ dy ⊙ x̂)) / ρ
///                dg = Σᵢ dyᵢ ⊙ x̂ᵢ      (i runs over rows)
///
///     shapes     x, y, dx, dy: [n, d]     g, dg: [d]     ρ: [n]
///     paper      Zhang & Sennrich 2019, arXiv:1910.07467v1, eq. 4
///     differs    ε is ours and Llama's; the paper divides by √mean(x²) alone
public struct RMSNorm: Parameterized {
  /// g, [d]. Starts at one, so that a new layer only divides.
  var gain: Tensor

  /// ε, added to mean(x²): a row of zeros then gives zeros, not NaN.
  let epsilon: Scalar

  init(width d: Int, epsilon: Scalar = 1e-5) {
    self.gain = Tensor(repeating: 1, columns: d)
    self.epsilon = epsilon
  }

  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try visit(path + "weight", &gain)
  }

  /// What `backward` needs. We keep 1/ρ, one number a row, and recompute x̂, which is as big as x.
  public struct Cache: Sendable {
    let x: Tensor
    let reciprocalRMS: [Scalar]
  }

  /// y = g ⊙ x / ρ. Traps unless x has as many columns as the gain.
  func forward(_ x: Tensor) -> (y: Tensor, cache: Cache) {
    let (n, d) = (x.rows, x.columns)
    precondition(d == gain.columns, "RMSNorm: x is \(x.shape) but g is \(gain.shape)")
    var y = Tensor(uninitializedRows: n, columns: d)
    var reciprocalRMS: [Scalar] = []
    for i in 0..<n {
      let row = x.row(i)
      let s = reciprocalSize(of: x, row)
      y.update(in: row, with: x[in: row], gain.all) { _, x, g in g * x * s }
      reciprocalRMS.append(s)
    }
    return (y, Cache(x: x, reciprocalRMS: reciprocalRMS))
  }

  /// 1/ρ. The squares of a large row overflow long before the row does, and an infinite ρ would make
  /// zeros of it: nobody would see that the model has blown up. Such a row is measured in units of
  /// its largest number, beside which ε is nothing.
  private func reciprocalSize(of x: Tensor, _ row: Range<Int>) -> Scalar {
    let d = Scalar(row.count)
    let sumOfSquares = x[in: row].sum { x in x * x }
    guard sumOfSquares == .infinity else {
      return 1 / (sumOfSquares / d + epsilon).squareRoot()
    }
    let largest = x.elements[row].reduce(0) { max($0, abs($1)) }
    let inUnits = x[in: row].sum { x in (x / largest) * (x / largest) }
    return 1 / (inUnits / d).squareRoot() / largest
  }

  /// Returns dx, and adds dg to `gradient`, unless the layer is frozen.
  ///
  /// Each xⱼ acts on y twice: on its own column, and through ρ on every column of its row. The
  /// second path is the mean, and it leaves dx at right angles to x (when ε is 0): scaling a row
  /// does not change y, so the loss cannot have a slope in that direction.
  func backward(_ dy: Tensor, _ cache: Cache, into gradient: inout RMSNorm) -> Tensor {
    let (x, n, d) = (cache.x, cache.x.rows, cache.x.columns)
    precondition(dy.isShaped(like: x), "RMSNorm: dy is \(dy.shape) but x is \(x.shape)")
    var dx = Tensor(uninitializedRows: n, columns: d)
    for i in 0..<n {
      let (row, s) = (x.row(i), cache.reciprocalRMS[i])
      let sum = x[in: row].sum(with: dy[in: row], gain.all) { x, dy, g in g * dy * (x * s) }
      let mean = sum / Scalar(d)
      dx.update(in: row, with: dy[in: row], gain.all) { _, dy, g in g * dy * s }
      dx.update(in: row, with: x[in: row]) { dx, x in dx - x * s * mean * s }
    }
    if !gradient.gain.isEmpty {
      for i in 0..<n {
        let s = cache.reciprocalRMS[i]
        gradient.gain.update(in: 0..<d, with: dy[row: i], x[row: i]) { dg, dy, x in
          dg + dy * (x * s)
        }
      }
    }
    return dx
  }
}

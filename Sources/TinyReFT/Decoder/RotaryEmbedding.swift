import Foundation

/// Rotary position embedding: turns pairs of coordinates by an angle that grows with the position.
///
/// The product of a query and a key then depends on how far apart they stand, and not on where.
///
///     forward    y₁ = x₁ cos α − x₂ sin α        α = position · θ^(−2i/w)
///                y₂ = x₂ cos α + x₁ sin α        (x₁, x₂) = (xᵢ, xᵢ₊w/₂),  i = 0 … w/2 − 1
///     backward   the same turn by −α: a rotation's transpose is its inverse
///
///     shapes     x, y: [n, heads · w]     cosines, sines: [n, w/2]
///     units      angles in radians, positions in tokens from the start of the sequence
///     paper      Su et al. 2021, arXiv:2104.09864v5, section 3.2.2, eq. 15
///     differs    pairs are (i, i + w/2), Hugging Face's layout for Llama, not (2i, 2i + 1); the
///                frequencies may be scaled (`RotaryScaling`)
struct RotaryEmbedding: Sendable {
  /// w, the width of one head; even.
  let headWidth: Int

  /// θ^(−2i/w) for each pair i: how many radians a token turns it.
  let frequencies: [Double]

  /// Traps unless `headWidth` is even.
  init(headWidth w: Int, base theta: Double, scaling: RotaryScaling? = nil) {
    precondition(w % 2 == 0, "RotaryEmbedding: an odd head width, \(w), has no pairs")
    headWidth = w
    frequencies = (0..<w / 2).map {
      let frequency = pow(theta, -2 * Double($0) / Double(w))
      return scaling?.scaled(frequency) ?? frequency
    }
  }

  init(_ c: DecoderConfiguration) {
    self.init(headWidth: c.headWidth, base: c.rotaryBase, scaling: c.rotaryScaling)
  }

  /// The turns of some positions: made once for a batch, and used by every layer.
  struct Turns: Sendable {
    let cosines: Tensor
    let sines: Tensor
  }

  /// cos α and sin α for each of these positions; a position that comes again is not turned again.
  func turns(at positions: [Int]) -> Turns {
    let distinct = Set(positions).sorted()
    var cosines = Tensor(repeating: 0, rows: distinct.count, columns: headWidth / 2)
    var sines = cosines
    for (row, position) in distinct.enumerated() {
      for (i, frequency) in frequencies.enumerated() {
        let angle = Double(position) * frequency
        cosines[row, i] = Scalar(cos(angle))
        sines[row, i] = Scalar(sin(angle))
      }
    }
    let place = Dictionary(uniqueKeysWithValues: zip(distinct, distinct.indices))
    let rows = positions.compactMap { place[$0] }
    return Turns(cosines: cosines.gathered(rows: rows), sines: sines.gathered(rows: rows))
  }

  /// Turns every head of x forwards. Traps unless there is a turn for each row.
  func forward(_ x: consuming Tensor, _ turns: Turns) -> Tensor {
    rotated(x, turns, direction: 1)
  }

  /// dx: turns every head of dy back. There are no parameters.
  func backward(_ dy: consuming Tensor, _ turns: Turns) -> Tensor {
    rotated(dy, turns, direction: -1)
  }

  private func rotated(_ x: consuming Tensor, _ turns: Turns, direction: Scalar) -> Tensor {
    let half = headWidth / 2
    precondition(
      x.rows == turns.cosines.rows && x.columns % headWidth == 0,
      "RotaryEmbedding: x is \(x.shape), for \(turns.cosines.rows) turns of width \(headWidth)")
    let (rows, columns) = (x.rows, x.columns)
    var y = consume x
    for row in 0..<rows {
      for head in stride(from: row * columns, to: (row + 1) * columns, by: headWidth) {
        let (first, second) = (head..<head + half, head + half..<head + headWidth)
        y.updatePairs(
          in: first, second, with: turns.cosines[row: row], turns.sines[row: row]
        ) { x1, x2, cosine, sine in
          let sine = direction * sine
          return (x1 * cosine - x2 * sine, x2 * cosine + x1 * sine)
        }
      }
    }
    return y
  }
}

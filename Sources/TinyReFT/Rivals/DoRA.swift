/// Weight-decomposed low-rank adaptation: LoRA turns the rows of a matrix, and their lengths are
/// learned apart.
///
///     forward    V = W + s B A     c = ‖V‖, of every row     W′ = m/c ⊙ V
///                by rows: v = y + s x Aᵀ Bᵀ,   y ← m/c ⊙ v
///     backward   dm = Σᵢ dyᵢ ⊙ vᵢ / c     dv = m/c ⊙ dy, and from there as LoRA; c is a constant
///
///     shapes     x: [n, in]     y, v: [n, out]     m, c: [out]     W, V: [out, in]     A, B: LoRA's
///     paper      Liu et al. 2024, arXiv:2402.09353v6, eq. 5; section 4.3: no gradient through c
///     differs    the paper takes the norm of every column of W, one number for each input; as in
///                Hugging Face's peft, ours has one for each output. m begins at ‖W‖, so that the
///                base is unchanged. A row of zeros stays zero; peft makes NaN of it
public struct DoRA: MergingEdit, Rival {
  public static let method = "dora"

  public static let choices: Set<RivalChoice> = [.size, .alpha, .maps, .layers]

  public private(set) var lora: LoRA
  /// m, [out].
  private(set) var magnitude: Tensor
  /// W: the base's own, whose memory it shares.
  private let weight: Tensor
  /// c, where it is held; made anew in every pass where it is not.
  private var heldNorms: Tensor?

  init(_ c: RivalConfiguration, at linear: Linear, using stream: inout RandomStream) {
    lora = LoRA(c, at: linear, using: &stream)
    weight = linear.weight
    magnitude = weight.rowNorms
  }

  public static func attach(
    _ c: RivalConfiguration, to decoder: inout Decoder, seed: UInt64
  ) -> [String: String] {
    attach(c, to: &decoder, seed: seed) { block, stream in
      for map in c.matrices { block[map].attached = DoRA(c, at: block[map], using: &stream) }
    }
  }

  /// LoRA's, and one number for each output.
  public static func parameterCount(
    _ c: RivalConfiguration, for base: DecoderConfiguration
  ) -> Int {
    LoRA.parameterCount(c, for: base)
      + c.layers.count * c.matrices.reduce(0) { $0 + base.shape(of: $1)[0] }
  }

  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try lora.walk(path, visit)
    try visit(path + "lora_magnitude_vector", &magnitude)
  }

  /// The same with c held at what it is now.
  var held: DoRA {
    var copy = self
    copy.heldNorms = norms
    return copy
  }

  public static func held(_ adapted: Decoder) -> Decoder {
    var copy = adapted
    for l in copy.blocks.indices {
      for map in BlockMap.allCases {
        guard let dora = copy.blocks[l][map].attached as? DoRA else { continue }
        copy.blocks[l][map].attached = dora.held
      }
    }
    return copy
  }

  /// Keeps LoRA's, v and c.
  public func forward(_ y: consuming Tensor, from x: Tensor) -> (y: Tensor, kept: [Tensor]) {
    let (v, kept) = lora.forward(y, from: x)
    let c = norms
    return (v.scalingColumns(by: ratio(c)), kept + [v, c])
  }

  public func backward(
    _ dy: consuming Tensor, _ kept: [Tensor], into gradient: inout DoRA
  ) -> (dy: Tensor, dx: Tensor?) {
    let (v, c) = (kept[2], kept[3])
    if !gradient.magnitude.isEmpty {
      let dm = dy.map(with: v) { dy, v in dy * v }.columnSums
      gradient.magnitude += dm.map(with: c) { dm, c in dm / c }
    }
    return lora.backward(dy.scalingColumns(by: ratio(c)), kept, into: &gradient.lora)
  }

  /// W′: the rows of V, each as long as m says.
  func merged(_ weight: Tensor) -> Tensor {
    var V = lora.merged(weight)
    let ratio = ratio(V.rowNorms)
    for i in 0..<V.rows { V.update(in: V.row(i)) { v in v * ratio.elements[i] } }
    return V
  }

  /// c, [out].
  private var norms: Tensor { heldNorms ?? lora.merged(weight).rowNorms }

  /// m / c.
  private func ratio(_ c: Tensor) -> Tensor { magnitude.map(with: c) { m, c in m / c } }
}

extension Tensor {
  /// The length of every row, as a vector; for a row of zeros the least number by which one can
  /// still divide.
  fileprivate var rowNorms: Tensor {
    let norms = (0..<rows).map { i in self[row: i].sum { x in x * x }.squareRoot() }
    return Tensor(columns: rows, elements: norms.map { max($0, .leastNormalMagnitude) })
  }
}

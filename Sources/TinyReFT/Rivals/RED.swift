/// Representation editing: every column of what the feed-forward layer made is scaled and shifted,
/// before it is added to the residual stream.
///
///     forward    y ← g ⊙ y + b
///     backward   dy ← g ⊙ dy     dg = Σᵢ dyᵢ ⊙ yᵢ     db = Σᵢ dyᵢ
///
///     shapes     y, dy: [n, d]     g, b: [d]
///     paper      Muling Wu et al. 2024, arXiv:2402.15179; its code says where
///     differs    nothing: g = 1 and b = 0 at the start. ReFT's paper speaks of the hidden
///                representation; the code of RED, and so we, edit what down_proj makes
struct RED: MapEdit, Rival {
  static let method = "red"

  static let choices: Set<RivalChoice> = [.layers]

  /// g, [d].
  private(set) var scaling: Tensor
  /// b, [d].
  private(set) var bias: Tensor

  init(width d: Int) {
    scaling = Tensor(repeating: 1, columns: d)
    bias = Tensor(repeating: 0, columns: d)
  }

  static func attach(
    _ c: RivalConfiguration, to decoder: inout Decoder, seed: UInt64
  ) -> [String: String] {
    let d = decoder.configuration.hiddenSize
    return attach(c, to: &decoder, seed: seed) { block, _ in
      block.feedForward.down.attached = RED(width: d)
    }.mapValues(partName)
  }

  static func parameterCount(
    _ c: RivalConfiguration, for base: DecoderConfiguration
  ) -> Int { 2 * c.layers.count * base.hiddenSize }

  mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try visit(path + "activation_scaling", &scaling)
    try visit(path + "activation_bias", &bias)
  }

  /// Keeps y as the layer made it, for dg.
  func forward(_ y: consuming Tensor, from x: Tensor) -> (y: Tensor, kept: [Tensor]) {
    var edited = y.scalingColumns(by: scaling)
    edited.addToEachRow(bias)
    return (edited, [y])
  }

  func backward(
    _ dy: consuming Tensor, _ kept: [Tensor], into gradient: inout RED
  ) -> (dy: Tensor, dx: Tensor?) {
    if !gradient.scaling.isEmpty {
      gradient.scaling += dy.map(with: kept[0]) { dy, y in dy * y }.columnSums
      gradient.bias += dy.columnSums
    }
    return (dy.scalingColumns(by: scaling), nil)
  }
}

extension Tensor {
  /// Every row times the vector, element by element.
  func scalingColumns(by vector: Tensor) -> Tensor {
    var scaled = self
    for i in 0..<rows { scaled.update(in: row(i), with: vector.all) { x, s in x * s } }
    return scaled
  }
}

/// Parallel adapter: a bottleneck beside a matrix reads what the matrix reads, and adds to what it
/// makes. It is LoRA with a bend in it, and so cannot be merged.
///
///     forward    y ← y + s Δ(x)                s = α / r,  Δ: see Bottleneck
///     backward   dx gets Δᵀ(s dy)
///
///     shapes     x: [n, in]     y: [n, out], of up_proj and of down_proj
///     paper      He et al. 2022, arXiv:2110.04366v3, table 1 ("parallel adapter", scaled)
///     differs    He et al. put one beside the feed-forward layer as a whole. The size in ReFT's
///                Table 1 is that of one beside up_proj and one beside down_proj, r = 256, as in Hu
///                et al. 2023; so is ours. s = 1 there, and here unless α says otherwise
struct ParallelAdapter: MapEdit, Rival {
  static let method = "parallel-adapter"

  static let choices: Set<RivalChoice> = [.size, .alpha, .layers]

  var bottleneck: Bottleneck
  let scale: Scalar

  static func attach(
    _ c: RivalConfiguration, to decoder: inout Decoder, seed: UInt64
  ) -> [String: String] {
    attach(c, to: &decoder, seed: seed) { block, stream in
      for map in [BlockMap.up, .down] {
        let (out, input) = (block[map].weight.rows, block[map].weight.columns)
        let bottleneck = Bottleneck(from: input, to: out, size: c.size, using: &stream)
        block[map].attached = ParallelAdapter(bottleneck: bottleneck, scale: c.scale)
      }
    }
  }

  /// r (d + f), twice.
  static func parameterCount(
    _ c: RivalConfiguration, for base: DecoderConfiguration
  ) -> Int { 2 * c.layers.count * c.size * (base.hiddenSize + base.feedForwardSize) }

  mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try bottleneck.walk(path, visit)
  }

  func forward(_ y: consuming Tensor, from x: Tensor) -> (y: Tensor, kept: [Tensor]) {
    let (delta, kept) = bottleneck.forward(x)
    var y = y
    y.add(delta, scaledBy: scale)
    return (y, kept)
  }

  func backward(
    _ dy: consuming Tensor, _ kept: [Tensor], into gradient: inout ParallelAdapter
  ) -> (dy: Tensor, dx: Tensor?) {
    (dy, bottleneck.backward(scale * dy, kept, into: &gradient.bottleneck))
  }
}

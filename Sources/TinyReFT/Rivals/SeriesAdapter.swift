/// Series adapter: what attention and what the feed-forward layer made goes through a bottleneck, and
/// past it, before it is added to the residual stream.
///
///     forward    y ← y + Δ(y)                  Δ: see Bottleneck
///     backward   dy ← dy + Δᵀ(dy)
///
///     shapes     y, dy: [n, d], of attention and of the feed-forward layer
///     paper      Houlsby et al. 2019, arXiv:1902.00751v2, section 2.1, figure 2
///     differs    nothing but what Bottleneck does. The size in ReFT's Table 1 is that of two adapters
///                a block with r = 256; in the code of Hu et al. 2023, from where its numbers are,
///                the first stands before up_proj and not after attention
struct SeriesAdapter: MapEdit, Rival {
  static let method = "series-adapter"

  var bottleneck: Bottleneck

  static func attach(
    _ c: RivalConfiguration, to decoder: inout Decoder, seed: UInt64
  ) -> [String: String] {
    let d = decoder.configuration.hiddenSize
    return attach(c, to: &decoder, seed: seed) { block, stream in
      func adapter() -> SeriesAdapter {
        SeriesAdapter(bottleneck: Bottleneck(from: d, to: d, size: c.size, using: &stream))
      }
      block.attention.output.attached = adapter()
      block.feedForward.down.attached = adapter()
    }.mapValues(partName)
  }

  /// 2 r d, twice.
  static func parameterCount(
    _ c: RivalConfiguration, for base: DecoderConfiguration
  ) -> Int { 4 * c.layers.count * c.size * base.hiddenSize }

  mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try bottleneck.walk(path, visit)
  }

  func forward(_ y: consuming Tensor, from x: Tensor) -> (y: Tensor, kept: [Tensor]) {
    let (delta, kept) = bottleneck.forward(y)
    return (y + delta, kept)
  }

  func backward(
    _ dy: consuming Tensor, _ kept: [Tensor], into gradient: inout SeriesAdapter
  ) -> (dy: Tensor, dx: Tensor?) {
    (dy + bottleneck.backward(dy, kept, into: &gradient.bottleneck), nil)
  }
}

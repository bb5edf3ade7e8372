/// Series adapter: what attention and what the feed-forward layer made goes through a bottleneck, and
/// past it, before it is added to the residual stream.
///
///     forward    y ← y + Δ(y)                  Δ: see Bottleneck
///     backward   dy ← dy + Δᵀ(dy)
///
///     shapes     y, dy: [n, d], of `attention` and of `feedForward`
///     paper      Houlsby et al. 2019, arXiv:1902.00751v2, section 2.1, figure 2
///     differs    nothing but what Bottleneck does. The size in ReFT's Table 1 is that of two adapters
///                a block with r = 256; in the code of Hu et al. 2023, from where its numbers are,
///                the first stands before up_proj and not after attention
public struct SeriesAdapter: RivalPart {
  public static let method = "series-adapter"

  public private(set) var attention: Bottleneck
  public private(set) var feedForward: Bottleneck

  public let maps: Set<BlockMap> = [.attention, .feedForward]

  public init(_ c: RivalConfiguration, for block: Block, using stream: inout RandomStream) {
    let d = block[.down].weight.rows
    attention = Bottleneck(from: d, to: d, size: c.size, using: &stream)
    feedForward = Bottleneck(from: d, to: d, size: c.size, using: &stream)
  }

  /// 2 r d, twice.
  public static func parameterCount(
    _ c: RivalConfiguration, inBlockOf base: DecoderConfiguration
  ) -> Int { 4 * c.size * base.hiddenSize }

  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try attention.walk(path + "self_attn.", visit)
    try feedForward.walk(path + "mlp.", visit)
  }

  public func forward(
    _ y: consuming Tensor, from x: Tensor, at map: BlockMap
  ) -> (y: Tensor, cache: Bottleneck.Cache) {
    let (delta, cache) = self[keyPath: bottleneck(at: map)].forward(y)
    return (y + delta, cache)
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: Bottleneck.Cache, at map: BlockMap,
    into gradient: inout SeriesAdapter
  ) -> (dy: Tensor, dx: Tensor?) {
    let at = bottleneck(at: map)
    let own = self[keyPath: at].backward(dy, cache, into: &gradient[keyPath: at])
    return (dy + own, nil)
  }

  private func bottleneck(at map: BlockMap) -> WritableKeyPath<SeriesAdapter, Bottleneck> {
    map == .attention ? \.attention : \.feedForward
  }
}

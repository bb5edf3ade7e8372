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
public struct ParallelAdapter: RivalPart {
  public static let method = "parallel-adapter"

  public static let choices: Set<RivalChoice> = [.size, .alpha, .layers]

  public private(set) var up: Bottleneck
  public private(set) var down: Bottleneck
  public let scale: Scalar

  public let maps: Set<BlockMap> = [.up, .down]

  public init(_ c: RivalConfiguration, for block: Block, using stream: inout RandomStream) {
    let (f, d) = (block[.up].weight.rows, block[.up].weight.columns)
    up = Bottleneck(from: d, to: f, size: c.size, using: &stream)
    down = Bottleneck(from: f, to: d, size: c.size, using: &stream)
    scale = c.scale
  }

  /// r (d + f), twice.
  public static func parameterCount(
    _ c: RivalConfiguration, inBlockOf base: DecoderConfiguration
  ) -> Int { 2 * c.size * (base.hiddenSize + base.feedForwardSize) }

  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try up.walk(path + "mlp.up_proj.", visit)
    try down.walk(path + "mlp.down_proj.", visit)
  }

  public func forward(
    _ y: consuming Tensor, from x: Tensor, at map: BlockMap
  ) -> (y: Tensor, cache: Bottleneck.Cache) {
    let (delta, cache) = self[keyPath: bottleneck(at: map)].forward(x)
    var y = y
    y.add(delta, scaledBy: scale)
    return (y, cache)
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: Bottleneck.Cache, at map: BlockMap,
    into gradient: inout ParallelAdapter
  ) -> (dy: Tensor, dx: Tensor?) {
    let at = bottleneck(at: map)
    let dx = self[keyPath: at].backward(scale * dy, cache, into: &gradient[keyPath: at])
    return (dy, dx)
  }

  private func bottleneck(at map: BlockMap) -> WritableKeyPath<ParallelAdapter, Bottleneck> {
    map == .up ? \.up : \.down
  }
}

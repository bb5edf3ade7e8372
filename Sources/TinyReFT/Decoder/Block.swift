/// One layer of the decoder: attention, then feed-forward, each added to the residual stream.
///
///     forward    m = x + Attention(RMSNorm(x))     y = m + SwiGLU(RMSNorm(m))
///     backward   dm = dy + (SwiGLU ∘ RMSNorm)ᵀ dy  dx = dm + (Attention ∘ RMSNorm)ᵀ dm
///
///     shapes     x, m, y: [T, d], or m, y: only the rows that are made (`Rows`)
///     paper      Touvron et al. 2023, arXiv:2302.13971v1, section 2.2: normalised before each part
public struct Block: Parameterized {
  var attentionNorm: RMSNorm
  var attention: Attention
  var feedForwardNorm: RMSNorm
  var feedForward: SwiGLU

  /// The seven matrices, in the order of the walk.
  static let matrices: [any WritableKeyPath<Block, Linear> & Sendable] = [
    \.attention.queries, \.attention.keys, \.attention.values, \.attention.output,
    \.feedForward.gate, \.feedForward.up, \.feedForward.down,
  ]

  /// Each block writes to the residual stream twice, so those writes start smaller the more blocks
  /// there are (Radford et al. 2019, section 2.3): the stream is then as large in a deep decoder.
  init(_ c: DecoderConfiguration, using stream: inout RandomStream) {
    let outputScale = 1 / (2 * Double(c.layerCount)).squareRoot()
    attentionNorm = RMSNorm(width: c.hiddenSize, epsilon: c.normEpsilon)
    attention = Attention(c, outputScale: outputScale, using: &stream)
    feedForwardNorm = RMSNorm(width: c.hiddenSize, epsilon: c.normEpsilon)
    feedForward = SwiGLU(c, outputScale: outputScale, using: &stream)
  }

  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try attentionNorm.walk(path + "input_layernorm.", visit)
    try attention.walk(path + "self_attn.", visit)
    try feedForwardNorm.walk(path + "post_attention_layernorm.", visit)
    try feedForward.walk(path + "mlp.", visit)
  }

  public struct Cache: Sendable {
    let attentionNorm: RMSNorm.Cache
    let attention: Attention.Cache
    let feedForwardNorm: RMSNorm.Cache
    let feedForward: SwiGLU.Cache
  }

  /// y, of the rows that are made; `past` as in `Attention`.
  func forward(
    _ x: Tensor, _ rows: Rows, after past: inout Past
  ) -> (y: Tensor, cache: Cache) {
    let (xNormed, xCache) = attentionNorm.forward(x)
    let (attended, attentionCache) = attention.forward(xNormed, rows, after: &past)
    let m = rows.made(of: x) + attended
    let (mNormed, mCache) = feedForwardNorm.forward(m)
    let (fed, feedForwardCache) = feedForward.forward(mNormed)
    let cache = Cache(
      attentionNorm: xCache, attention: attentionCache, feedForwardNorm: mCache,
      feedForward: feedForwardCache)
    return (m + fed, cache)
  }

  /// Returns dx, and the gradients of what was in the past; adds those of all four parts to `gradient`.
  ///
  /// A sum passes its gradient to both sides: that is the residual stream's straight way down.
  func backward(
    _ dy: Tensor, _ cache: Cache, into gradient: inout Block
  ) -> (dx: Tensor, dPast: (keys: Tensor, values: Tensor)) {
    let dmNormed = feedForward.backward(dy, cache.feedForward, into: &gradient.feedForward)
    let dm =
      dy
      + feedForwardNorm.backward(dmNormed, cache.feedForwardNorm, into: &gradient.feedForwardNorm)
    let (dxNormed, dPast) = attention.backward(dm, cache.attention, into: &gradient.attention)
    var dx = attentionNorm.backward(dxNormed, cache.attentionNorm, into: &gradient.attentionNorm)
    cache.attention.rows.add(dm, toMadeOf: &dx)
    return (dx, dPast)
  }
}

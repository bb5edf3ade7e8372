/// One layer of the decoder: attention, then feed-forward, each added to the residual stream.
///
///     forward    m = x + Attention(RMSNorm(x))     y = m + SwiGLU(RMSNorm(m))
///     backward   dm = dy + (SwiGLU ∘ RMSNorm)ᵀ dy  dx = dm + (Attention ∘ RMSNorm)ᵀ dm
///
///     shapes     x, m, y: [T, d], or m, y: only the rows that are asked for (`BlockRows`)
///     paper      Touvron et al. 2023, arXiv:2302.13971v1, section 2.2: normalised before each part
///     differs    nothing
public struct Block: Parameterized {
  public var attentionNorm: RMSNorm
  public var attention: Attention
  public var feedForwardNorm: RMSNorm
  public var feedForward: SwiGLU

  /// Each block writes to the residual stream twice, so those writes start smaller the more blocks
  /// there are (Radford et al. 2019, section 2.3): the stream is then as loud in a deep decoder.
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

  /// y for the rows that `rows` makes of those in x.
  public func forward(
    _ x: Tensor, _ rows: BlockRows, _ edits: (any BlockEditing)? = nil
  ) -> (y: Tensor, cache: Cache) {
    let (xNormed, xCache) = attentionNorm.forward(x)
    let (attention, attentionCache) = attention.forward(xNormed, rows, edits)
    let attended =
      edits?.at(.attention)?.forward(attention, from: rows.madeRows.of(xNormed)) ?? attention
    let m = rows.madeRows.of(x) + attended
    let (mNormed, mCache) = feedForwardNorm.forward(m)
    let (feedForward, feedForwardCache) = feedForward.forward(mNormed, edits)
    let fed = edits?.at(.feedForward)?.forward(feedForward, from: mNormed) ?? feedForward
    let cache = Cache(
      attentionNorm: xCache, attention: attentionCache, feedForwardNorm: mCache,
      feedForward: feedForwardCache)
    return (m + fed, cache)
  }

  /// Returns dx, and adds the gradients of all four parts to `gradient`.
  ///
  /// A sum passes its gradient to both sides: that is the residual stream's straight way down.
  public func backward(
    _ dy: Tensor, _ cache: Cache, _ edits: (any BlockEditing)? = nil, into gradient: inout Block
  ) -> Tensor {
    let made = cache.attention.rows.madeRows
    let fed = edits?.at(.feedForward)?.backward(dy)
    var dmNormed = feedForward.backward(
      fed?.dy ?? dy, cache.feedForward, edits, into: &gradient.feedForward)
    if let dx = fed?.dx { dmNormed += dx }
    let dm =
      dy
      + feedForwardNorm.backward(dmNormed, cache.feedForwardNorm, into: &gradient.feedForwardNorm)
    let attended = edits?.at(.attention)?.backward(dm)
    var dxNormed = attention.backward(
      attended?.dy ?? dm, cache.attention, edits, into: &gradient.attention)
    if let dx = attended?.dx { made.add(dx, to: &dxNormed) }
    var dx = attentionNorm.backward(dxNormed, cache.attentionNorm, into: &gradient.attentionNorm)
    made.add(dm, to: &dx)
    return dx
  }
}

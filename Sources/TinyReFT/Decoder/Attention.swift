/// Self-attention with grouped keys and values: how a token looks at the tokens before it.
///
///     forward    q, k, v = x·Wqᵀ, x·Wkᵀ, x·Wvᵀ;  q and k are turned by their positions
///                every head attends (AttentionHead);  y = o · Woᵀ
///     backward   the same steps in reverse; what several heads read adds up
///
///     shapes     x, y: [T, d]     q, o: [T, H·w]     k, v: [T, G·w]
///                H heads of width w; H/G neighbouring heads share one of the G keys and values
///     paper      Vaswani et al. 2017, arXiv:1706.03762v7, section 3.2; grouped: Ainslie et al.
///                2023, arXiv:2305.13245v3
///     differs    no biases, as in Llama
public struct Attention: Parameterized {
  public var queries: Linear
  public var keys: Linear
  public var values: Linear
  public var output: Linear

  /// H, G and w.
  public let headCount: Int
  public let keyValueHeadCount: Int
  public let rotary: RotaryEmbedding

  var headWidth: Int { rotary.headWidth }

  /// Random projections; what they write to the residual stream is scaled by `outputScale`. Traps
  /// unless the heads can be dealt out evenly to the keys and values.
  init(_ c: DecoderConfiguration, outputScale: Double, using stream: inout RandomStream) {
    precondition(
      c.keyValueHeadCount > 0 && c.headCount % c.keyValueHeadCount == 0,
      "Attention: \(c.headCount) heads cannot share \(c.keyValueHeadCount) keys and values evenly")
    let (d, inner) = (c.hiddenSize, c.headCount * c.headWidth)
    let grouped = c.keyValueHeadCount * c.headWidth
    queries = Linear(from: d, to: inner, using: &stream)
    keys = Linear(from: d, to: grouped, using: &stream)
    values = Linear(from: d, to: grouped, using: &stream)
    output = Linear(from: inner, to: d, scale: outputScale, using: &stream)
    headCount = c.headCount
    keyValueHeadCount = c.keyValueHeadCount
    rotary = RotaryEmbedding(c)
  }

  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try queries.walk(path + "q_proj.", visit)
    try keys.walk(path + "k_proj.", visit)
    try values.walk(path + "v_proj.", visit)
    try output.walk(path + "o_proj.", visit)
  }

  /// What `backward` needs. The weights P are kept, one tensor for each sequence and head, because
  /// to make them again would cost a product and an exponential.
  public struct Cache: Sendable {
    let (ofQueries, ofKeys, ofValues): (Linear.Cache, Linear.Cache, Linear.Cache)
    let (q, k, v): (Tensor, Tensor, Tensor)
    let weights: [Tensor]
    let o: Linear.Cache
    let keyRows: [Range<Int>]
    let rows: BlockRows
  }

  /// y for the rows that `rows` makes of those in x.
  public func forward(_ x: Tensor, _ rows: BlockRows) -> (y: Tensor, cache: Cache) {
    let (q, xCache) = queries.forward(rows.madeRows.of(x))
    let own = keysAndValues(x, rows.turns)
    let (k, keyRows) = rows.withEarlier(own.pair.keys, \.keys)
    let v = rows.withEarlier(own.pair.values, \.values).all
    let turned = rotary.forward(q, rows.madeRows.of(rows.turns))
    var o = Tensor(uninitializedRows: q.rows, columns: q.columns)
    var weights: [Tensor] = []
    let (qs, ks, vs) = (MatrixView(turned), MatrixView(k), MatrixView(v))
    for (seen, made) in zip(keyRows, rows.queries) {
      for head in 0..<headCount {
        let (own, shared) = (columns(of: head), columns(of: group(of: head)))
        let result = AttentionHead.forward(
          q: qs[made, own], k: ks[seen, shared], v: vs[seen, shared])
        o[rows: made, columns: own] = result.o
        weights.append(result.weights)
      }
    }
    let (y, oCache) = output.forward(o)
    let cache = Cache(
      ofQueries: xCache, ofKeys: own.ofKeys, ofValues: own.ofValues, q: turned, k: k, v: v,
      weights: weights, o: oCache,
      keyRows: keyRows, rows: rows)
    return (y, cache)
  }

  /// Returns dx, and what a prefix hears of it, and adds the gradients of the four projections to
  /// `gradient`.
  public func backward(
    _ dy: Tensor, _ cache: Cache, into gradient: inout Attention
  ) -> (dx: Tensor, dPrefix: KeysAndValues?) {
    let dO = output.backward(dy, cache.o, into: &gradient.output)
    var (dq, dk) = (Tensor.zeros(like: cache.q), Tensor.zeros(like: cache.k))
    var dv = dk
    let (dOs, qs) = (MatrixView(dO), MatrixView(cache.q))
    let (ks, vs) = (MatrixView(cache.k), MatrixView(cache.v))
    for (s, (seen, made)) in zip(cache.keyRows, cache.rows.queries).enumerated() {
      for head in 0..<headCount {
        let (own, shared) = (columns(of: head), columns(of: group(of: head)))
        let d = AttentionHead.backward(
          dOs[made, own], q: qs[made, own], k: ks[seen, shared], v: vs[seen, shared],
          weights: cache.weights[s * headCount + head])
        dq[rows: made, columns: own] = d.dq
        // A key that several heads share hears from each of them.
        dk.add(d.dk, rows: seen, columns: shared)
        dv.add(d.dv, rows: seen, columns: shared)
      }
    }
    let rows = cache.rows
    let dPrefix = rows.hasPrefix ? rows.prefixGradient(dk, dv) : nil
    dk = rows.withoutEarlier(consume dk)
    dv = rows.withoutEarlier(consume dv)
    dq = rotary.backward(consume dq, rows.madeRows.of(rows.turns))
    dk = rotary.backward(consume dk, rows.turns)
    // x was read three times, so its three gradients add up.
    var dx = keys.backward(dk, cache.ofKeys, into: &gradient.keys)
    dx += values.backward(dv, cache.ofValues, into: &gradient.values)
    rows.madeRows.add(queries.backward(dq, cache.ofQueries, into: &gradient.queries), to: &dx)
    return (dx, dPrefix)
  }

  /// k, turned by their positions, and v.
  func keysAndValues(
    _ x: Tensor, _ turns: RotaryEmbedding.Turns, threads: Int = 1
  ) -> (pair: KeysAndValues, ofKeys: Linear.Cache, ofValues: Linear.Cache) {
    let (k, ofKeys) = keys.forward(x, threads: threads)
    let (v, ofValues) = values.forward(x, threads: threads)
    return (KeysAndValues(keys: rotary.forward(k, turns), values: v), ofKeys, ofValues)
  }

  /// The key and value head that head `head` reads.
  func group(of head: Int) -> Int { head / (headCount / keyValueHeadCount) }

  func columns(of head: Int) -> Range<Int> { head * headWidth..<(head + 1) * headWidth }
}

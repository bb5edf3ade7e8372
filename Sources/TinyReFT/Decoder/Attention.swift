/// Self-attention with grouped keys and values: how a token looks at the tokens before it.
///
///     forward    q, k, v = x·Wqᵀ, x·Wkᵀ, x·Wvᵀ;  q and k are turned by their positions
///                every head attends (AttentionHead);  y = o · Woᵀ
///     backward   the same steps in reverse; what several heads read adds up
///
///     shapes     x, y: [T, d]     q, o: [T, H·w]     k, v: [T, G·w]; of y, q and o only the rows that
///                are made (`Rows`), of k and v also those of the past
///                H heads of width w; H/G neighbouring heads share one of the G keys and values
///     paper      Vaswani et al. 2017, arXiv:1706.03762v7, section 3.2; grouped: Ainslie et al.
///                2023, arXiv:2305.13245v3
///     differs    no biases, as in Llama
public struct Attention: Parameterized {
  var queries: Linear
  var keys: Linear
  var values: Linear
  var output: Linear

  /// H, G and w.
  public let headCount: Int
  public let keyValueHeadCount: Int
  let rotary: RotaryEmbedding

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
    let q: Tensor
    /// All keys and values that were seen: those of earlier tokens, and those of x.
    let past: Past
    let weights: [Tensor]
    let o: Linear.Cache
    let rows: Rows
  }

  /// y, of the rows that are made.
  ///
  /// A `Past` is keys and values, sequence after sequence. `append` puts the new ones of each sequence
  /// behind its earlier ones, and `split` takes their gradients apart in the same way. There are earlier
  /// ones where a text is written, or where a frozen base has kept them; otherwise it begins empty, and is
  /// then just the k and v of x.
  func forward(
    _ x: Tensor, _ rows: Rows, after past: inout Past
  ) -> (y: Tensor, cache: Cache) {
    let (q, ofQueries) = queries.forward(rows.made(of: x))
    let (k, ofKeys) = keys.forward(x)
    let (v, ofValues) = values.forward(x)
    let turned = rotary.forward(q, rows.madeTurns)
    past.append(
      Past(
        keys: rotary.forward(k, rows.turns), values: v, counts: rows.sequences.map(\.count)))
    var o = Tensor(uninitializedRows: q.rows, columns: q.columns)
    var weights: [Tensor] = []
    let (qs, ks, vs) = (MatrixView(turned), MatrixView(past.keys), MatrixView(past.values))
    for (seen, made) in zip(past.sequences, rows.queries) {
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
      ofQueries: ofQueries, ofKeys: ofKeys, ofValues: ofValues, q: turned, past: past,
      weights: weights, o: oCache, rows: rows)
    return (y, cache)
  }

  /// Returns dx, and the gradients of what was in the past; adds those of the four projections to
  /// `gradient`.
  func backward(
    _ dy: Tensor, _ cache: Cache, into gradient: inout Attention
  ) -> (dx: Tensor, dPast: (keys: Tensor, values: Tensor)) {
    let dO = output.backward(dy, cache.o, into: &gradient.output)
    let (rows, past) = (cache.rows, cache.past)
    var (dq, dk) = (Tensor.zeros(like: cache.q), Tensor.zeros(like: past.keys))
    var dv = dk
    let (dOs, qs) = (MatrixView(dO), MatrixView(cache.q))
    let (ks, vs) = (MatrixView(past.keys), MatrixView(past.values))
    for (s, (seen, made)) in zip(past.sequences, rows.queries).enumerated() {
      for head in 0..<headCount {
        let (own, shared) = (columns(of: head), columns(of: group(of: head)))
        let d = AttentionHead.backward(
          dOs[made, own], q: qs[made, own], k: ks[seen, shared], v: vs[seen, shared],
          weights: cache.weights[s * headCount + head])
        dq[rows: made, columns: own] = d.dq
        // A key that several heads share gets a gradient from each of them.
        dk.add(d.dk, rows: seen, columns: shared)
        dv.add(d.dv, rows: seen, columns: shared)
      }
    }
    let dKeys = past.split(consume dk, new: rows.sequences)
    let dValues = past.split(consume dv, new: rows.sequences)
    // x was read three times, so its three gradients add up.
    var dx = keys.backward(
      rotary.backward(dKeys.new, rows.turns), cache.ofKeys, into: &gradient.keys)
    dx += values.backward(dValues.new, cache.ofValues, into: &gradient.values)
    dq = rotary.backward(consume dq, rows.madeTurns)
    rows.add(
      queries.backward(dq, cache.ofQueries, into: &gradient.queries), toMadeOf: &dx)
    return (dx, (dKeys.earlier, dValues.earlier))
  }

  /// The key and value head that head `head` reads.
  func group(of head: Int) -> Int { head / (headCount / keyValueHeadCount) }

  func columns(of head: Int) -> Range<Int> { head * headWidth..<(head + 1) * headWidth }
}

/// Keys and values of the tokens so far, one pair for each block: what attention would otherwise
/// compute again for every new token.
///
/// A token's key and value never change once they are there, because no token sees a later one. So
/// a new token costs one row of work instead of all rows, and a prompt that was edited by an
/// intervention stays edited: later tokens attend to the edited keys and values.
///
///     shapes     keys, values: G times [tokens so far, w] for each block, keys turned by their
///                positions
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 3.3 and appendix H: interventions
///                act while the prompt is read, and cost nothing afterwards
///     differs    nothing; in pyreft a hook acts on the first forward pass of `generate` only
public struct KeyValueCache: Sendable {
  /// By block and by key-value head: a head then attends to a matrix as it stands.
  fileprivate var keys: [[Tensor]]
  fileprivate var values: [[Tensor]]

  /// How many tokens have been read.
  public fileprivate(set) var count = 0

  /// How many of them are the prompt.
  fileprivate var promptLength = 0

  /// Threads that share a large product; what comes out does not depend on it.
  let threads: Int

  public init(for decoder: Decoder, threads: Int = 1) {
    let c = decoder.configuration
    let empty = Tensor(repeating: 0, rows: 0, columns: c.headWidth)
    keys = Array(
      repeating: Array(repeating: empty, count: c.keyValueHeadCount), count: c.layerCount)
    values = keys
    self.threads = threads
  }
}

extension Attention {
  /// The same y as `forward` gives for these tokens, when those in the cache came before them.
  fileprivate func extend(
    _ x: Tensor, turns: RotaryEmbedding.Turns, keys: inout [Tensor], values: inout [Tensor],
    threads: Int
  ) -> Tensor {
    let q = rotary.forward(queries.forward(x, threads: threads).y, turns)
    append(keysAndValues(x, turns, threads: threads).pair, to: &keys, &values)
    let rows = 0..<x.rows
    var o = Tensor.zeros(like: q)
    for head in 0..<headCount {
      let (own, g) = (columns(of: head), group(of: head))
      o[rows: rows, columns: own] =
        AttentionHead.forward(
          q: MatrixView(q)[rows, own], k: MatrixView(keys[g]), v: MatrixView(values[g])
        ).o
    }
    return output.forward(o, threads: threads).y
  }

  fileprivate func append(
    _ new: KeysAndValues, to keys: inout [Tensor], _ values: inout [Tensor]
  ) {
    for g in keys.indices {
      keys[g].append(new.keys[rows: 0..<new.keys.rows, columns: columns(of: g)])
      values[g].append(new.values[rows: 0..<new.keys.rows, columns: columns(of: g)])
    }
  }
}

extension AdaptedDecoder {
  /// Reads a prompt, edited, and returns the logits after its last token. Traps unless the cache is
  /// empty: the places of a prompt count from its first token.
  public func read(prompt tokens: [Int], into cache: inout KeyValueCache) -> Tensor {
    precondition(cache.count == 0, "KeyValueCache: a prompt after \(cache.count) tokens")
    let prompt = decoder.placed(TokenSequence(tokens: tokens, promptLength: tokens.count))
    cache.promptLength = prompt.promptLength
    for (l, block) in decoder.blocks.enumerated() {
      guard let prefix = decoder.prefix?[block: l] else { continue }
      block.attention.append(prefix, to: &cache.keys[l], &cache.values[l])
    }
    return extend(prompt.tokens, &cache, editedIn: Batch([prompt]))
  }

  /// Reads one generated token, which no intervention edits unless it says so, and returns the logits
  /// after it.
  public func read(generated token: Int, into cache: inout KeyValueCache) -> Tensor {
    guard adaptation.editsGenerated else { return extend([token], &cache, editedIn: nil) }
    // The one row of a text that is as long as what was read.
    let text = TokenSequence(
      tokens: Array(repeating: token, count: cache.count + 1), promptLength: cache.promptLength)
    return extend(
      [token], &cache, editedIn: Batch([text], windows: [cache.count..<cache.count + 1]))
  }

  private func extend(
    _ tokens: [Int], _ cache: inout KeyValueCache, editedIn batch: Batch?
  ) -> Tensor {
    let turns = decoder.turns(at: Array(cache.count..<cache.count + tokens.count))
    func edited(_ h: consuming Tensor, afterBlock l: Int) -> Tensor {
      if let batch { adaptation.forward(h, afterBlock: l, of: batch).h } else { h }
    }
    var h = decoder.embedding.embed(tokens)
    for (l, block) in decoder.blocks.enumerated() {
      let x = block.attentionNorm.forward(h).y
      let attended = block.attention.extend(
        x, turns: turns, keys: &cache.keys[l], values: &cache.values[l], threads: cache.threads)
      h += block.afterAttention.forward(attended, from: attended).y
      let fed = block.feedForward.forward(
        block.feedForwardNorm.forward(h).y, threads: cache.threads
      ).y
      h += block.afterFeedForward.forward(fed, from: fed).y
      h = edited(h, afterBlock: l)
    }
    cache.count += tokens.count
    let last = decoder.norm.forward(h.gathered(rows: [tokens.count - 1])).y
    return decoder.unembed(last, threads: cache.threads)
  }
}

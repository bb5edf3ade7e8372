/// What is minimised: the mean surprise at the tokens of the completions, or at the labels.
///
///     loss       L = −(1/M) Σ log p(yᵢ | x, y_{<i})     over the M target tokens of a batch
///     gradient   ∂L/∂φ = Σ over shards of ∂(shard's sum / M)/∂φ
///
/// A batch is cut into shards of whole sequences, which run side by side. How it is cut depends on
/// the batch alone and the shards are summed in their order, so the result has the same bits on any
/// number of threads.
///
/// A label is a target like another: its number stands where the next token would, and with a
/// classifier the logits are those of the labels (eq. 6).
///
///     units      nats per target token
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 3.2, eqs. 4 and 6
///     differs    eq. 4 sums over one example; like pyreft we take the mean over the batch's targets
extension AdaptedDecoder {
  /// The mean loss and its gradient, of the shape of `zero`: `adaptationOnly` for a frozen base.
  ///
  /// Without targets there is nothing to be surprised at: the loss is 0 and so is the gradient.
  public func lossAndGradient(
    of examples: [TokenSequence], zero: AdaptedDecoder, threads: Int, dropoutSeed: UInt64? = nil,
    base: FrozenBase = .plain
  ) -> (loss: Double, gradient: AdaptedDecoder) {
    let examples = examples.map(decoder.placed)
    let learnsDecoder = zero.decoder.parameterCount > 0
    precondition(
      base.savings.isEmpty || !zero.learnsBase, "lossAndGradient: savings for a base that learns")
    let targetCount = examples.reduce(0) { $0 + $1.tokens.count - $1.promptLength }
    let shards = shardRanges(count: examples.count)
    let results = parallelMap(count: shards.count, threads: threads) { s in
      let seed = dropoutSeed.map { RandomStream.seed($0, s) }
      let pass = base.pass(over: Array(examples[shards[s]]), of: self, dropoutSeed: seed)
      let (logits, cache) = forward(pass)
      let (loss, lossCache) = CrossEntropy.forward(
        logits, targets: pass.last.targets.map(\.token))
      var gradient = zero
      // One over the targets of the whole batch: the shards' gradients then only have to be added.
      let dlogits = CrossEntropy.backward(lossCache, weight: 1 / Scalar(max(1, targetCount)))
      backward(dlogits, cache, into: &gradient)
      return (loss: loss, gradient: gradient)
    }
    var total = (loss: 0.0, gradient: zero)
    for result in results {
      total.loss += result.loss
      total.gradient.adaptation.add(result.gradient.adaptation)
      if let head = result.gradient.classifier { total.gradient.classifier?.add(head) }
      if learnsDecoder { total.gradient.decoder.add(result.gradient.decoder) }
    }
    return (total.loss / Double(max(1, targetCount)), total.gradient)
  }
}

/// Up to 8 ranges of nearly equal size that cover 0 ..< count, whatever the number of threads.
func shardRanges(count: Int) -> [Range<Int>] {
  let shards = min(8, count)
  return (0..<shards).map { s in count * s / shards..<count * (s + 1) / shards }
}

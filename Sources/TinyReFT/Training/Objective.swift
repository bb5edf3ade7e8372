import Foundation

/// How surprised the model is by the token that really follows.
///
///     forward    loss = Σᵢ −log pᵢ[targetᵢ]     p = softmax(logits), row by row
///     backward   dlogits = (p − onehot(target)) · w
///
///     shapes     logits, p, dlogits: [n, V]     targets: n
///     units      loss in nats, summed over the targets; w is one over the number of targets of the
///                whole batch, of which these may be a shard
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 3.2, eq. 4
///     differs    eq. 4 sums; training divides by the number of targets, as pyreft does
enum CrossEntropy {
  /// What `backward` needs: p = e · share, row by row, where e takes the place of the logits.
  struct Cache: Sendable {
    let exponentials: Tensor
    let shares: [Scalar]
    let targets: [Int]
  }

  /// The loss in nats, summed in Double. Traps unless every row has one target of the vocabulary.
  static func forward(
    _ logits: consuming Tensor, targets: [Int]
  ) -> (loss: Double, cache: Cache) {
    precondition(
      logits.rows == targets.count && targets.allSatisfy { (0..<logits.columns).contains($0) },
      "CrossEntropy: \(targets.count) targets for logits \(logits.shape)")
    var (e, shares, loss) = (consume logits, [Scalar](), 0.0)
    for (i, target) in targets.enumerated() {
      let row = e.row(i)
      // log Σ exp(z) = c + log Σ exp(z − c); with c the largest z, no exponential overflows.
      let largest = e[in: row].largest
      let targetLogit = e.elements[row.lowerBound + target]
      let sum = e.updateSum(in: row) { z in exp(z - largest) }
      shares.append(1 / sum)
      loss += log(Double(sum)) - Double(targetLogit - largest)
    }
    return (loss, Cache(exponentials: e, shares: shares, targets: targets))
  }

  /// dlogits: every logit is pushed down by its probability, and the target's up by one.
  static func backward(_ cache: consuming Cache, weight: Scalar) -> Tensor {
    let (shares, targets) = (cache.shares, cache.targets)
    var d = (consume cache).exponentials
    for (i, target) in targets.enumerated() {
      let share = shares[i]
      let p = d[i, target] * share
      d.update(in: d.row(i)) { e in weight * (e * share) }
      d[i, target] = weight * (p - 1)
    }
    return d
  }
}

/// What is minimised: the mean surprise at the tokens of the completions, or at the labels.
///
///     loss       −(1/M) Σ log p(yᵢ | x, y_{<i})     over the M target tokens of a batch
///     gradient   ∂loss/∂φ = Σ over shards of ∂(shard's sum / M)/∂φ
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
  /// Every block runs over every token, and dh goes down through all of them; a `base` that is frozen
  /// leaves out what cannot change loss or gradient.
  ///
  /// Without targets there is nothing to be surprised at: the loss is 0 and so is the gradient.
  func lossAndGradient(
    of examples: [TokenSequence], zero: AdaptedDecoder, threads: Int, dropoutSeed: UInt64? = nil,
    base: FrozenBase? = nil
  ) -> (loss: Double, gradient: AdaptedDecoder) {
    // As they are, but that soft tokens may stand in front: none in ReFT.
    let examples = examples.map(decoder.placed)
    base?.requireFrozen(zero)
    let targetCount = examples.reduce(0) { $0 + $1.tokens.count - $1.promptLength }
    let shards = shardRanges(count: examples.count)
    let results = parallelMap(count: shards.count, threads: threads) { s in
      let seed = dropoutSeed.map { RandomStream.seed($0, s) }
      let shard = Array(examples[shards[s]])
      var (pass, past) =
        base?.pass(over: shard, of: self, dropoutSeed: seed) ?? plainPass(shard, dropoutSeed: seed)
      let (logits, cache) = forward(pass, after: &past)
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
      total.gradient.decoder.add(result.gradient.decoder)
    }
    return (total.loss / Double(max(1, targetCount)), total.gradient)
  }

  private func plainPass(
    _ examples: [TokenSequence], dropoutSeed: UInt64?
  ) -> (pass: Pass, past: [Past]) {
    // A label stands where a last token would, and its number is no token.
    let read = examples.map { 0..<$0.tokens.count - (classifier == nil ? 0 : 1) }
    let batch = Batch(examples, reading: read, dropoutSeed: dropoutSeed)
    return (Pass(batch), decoder.past(sequences: examples.count))
  }
}

/// Up to 8 ranges of nearly equal size that cover 0 ..< count, whatever the number of threads.
func shardRanges(count: Int) -> [Range<Int>] {
  let shards = min(8, count)
  return (0..<shards).map { s in count * s / shards..<count * (s + 1) / shards }
}

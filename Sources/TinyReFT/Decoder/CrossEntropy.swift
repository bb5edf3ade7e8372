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
public enum CrossEntropy {
  /// What `backward` needs: p = e · share, row by row, where e takes the place of the logits.
  public struct Cache: Sendable {
    let exponentials: Tensor
    let shares: [Scalar]
    let targets: [Int]
  }

  /// The loss in nats, summed in Double. Traps unless every row has one target of the vocabulary.
  public static func forward(
    _ logits: consuming Tensor, targets: [Int]
  ) -> (loss: Double, cache: Cache) {
    precondition(
      logits.rows == targets.count && targets.allSatisfy { (0..<logits.columns).contains($0) },
      "CrossEntropy: \(targets.count) targets for logits \(logits.shape)")
    var (e, shares, loss) = (consume logits, [Scalar](), 0.0)
    for (i, target) in targets.enumerated() {
      let row = e.row(i)
      // log Σ exp(z) = c + log Σ exp(z − c); with c the largest z, no exponential overflows.
      let largest = e.largest(in: row)
      let targetLogit = e.elements[row.lowerBound + target]
      let sum = e.updateSum(in: row) { z in exp(z - largest) }
      shares.append(1 / sum)
      loss += log(Double(sum)) - Double(targetLogit - largest)
    }
    return (loss, Cache(exponentials: e, shares: shares, targets: targets))
  }

  /// dlogits: every logit is pushed down by its probability, and the target's up by one.
  public static func backward(_ cache: consuming Cache, weight: Scalar) -> Tensor {
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

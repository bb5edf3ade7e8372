/// One pass over some examples: which of their tokens each block reads and makes, and from where on.
///
/// The plain pass reads every token from the embedding on. Others begin above the blocks that no
/// learning can change, at what was kept of them, and leave out rows that the loss never sees.
///
///     units      blocks count from 0
///     paper      none: what is left out here could not have changed the loss
public struct Pass: Sendable {
  /// What all blocks but the last make.
  public let batch: Batch

  /// What the last block makes, and the loss reads.
  public let last: Batch

  /// What was kept of each example; nil to begin with the embeddings.
  let kept: [KeptState]?

  /// The block that runs first; the edit before it is the first edit.
  let firstBlock: Int

  /// The lowest block that the gradient passes through.
  let lowestBackward: Int

  /// The plain pass.
  public init(_ batch: Batch) {
    self.init(batch, last: batch, kept: nil, firstBlock: 0, lowestBackward: 0)
  }

  init(
    _ batch: Batch, last: Batch, kept: [KeptState]?, firstBlock: Int, lowestBackward: Int
  ) {
    (self.batch, self.last, self.kept) = (batch, last, kept)
    (self.firstBlock, self.lowestBackward) = (firstBlock, lowestBackward)
  }

  /// What block `layer` makes, one of `count`.
  func batch(after layer: Int, of count: Int) -> Batch { layer == count - 1 ? last : batch }

  /// What block `layer` reads, and which rows of it come out.
  func rows(
    of layer: Int, of count: Int, _ turns: RotaryEmbedding.Turns, prefix: KeysAndValues?
  ) -> BlockRows {
    var earlier = kept?.map { $0.earlier[layer - firstBlock] }
    if let all = earlier, all.allSatisfy(\.keys.isEmpty) { earlier = nil }
    guard layer == count - 1 else {
      return BlockRows(batch.sequences, turns: turns, earlier: earlier, prefix: prefix)
    }
    // The last rows end where the others do, so that they are counted from there.
    let made = zip(batch.sequences, last.sequences).map { all, last in
      all.upperBound - last.count..<all.upperBound
    }
    return BlockRows(
      batch.sequences, turns: turns, made: made, earlier: earlier, prefix: prefix)
  }
}

/// What no learning can change about one example: where a pass over it may start.
///
///     shapes     hidden: [tokens that have rows, d];
///                keys, values: [tokens before it, G·w]
public struct KeptState: Sendable {
  /// What the highest fixed block makes, before its edit.
  let hidden: Tensor

  /// For each block above it.
  let earlier: [KeysAndValues]

  var bytes: Int {
    let count = earlier.reduce(hidden.count) { $0 + $1.keys.count + $1.values.count }
    return count * MemoryLayout<Scalar>.stride
  }
}

/// The rows that a block reads, and those that it makes: what a batch is in attention's eyes.
///
/// Every block makes all its rows: then `made(of: x)` is x, and `add(_:toMadeOf:)` is +=. Of the last
/// block only some may be wanted.
///
///     units      rows count from the start of the batch
public struct Rows: Sendable {
  /// The rows of each sequence; they lie end to end, and none sees another's.
  let sequences: [Range<Int>]

  /// The turn of each row's position.
  let turns: RotaryEmbedding.Turns

  /// The rows that are made, the last of each sequence; nil for all, which costs nothing.
  private let made: [Int]?

  /// For each sequence, where its made rows stand among all made rows: each of them has a query.
  let queries: [Range<Int>]

  init(_ sequences: [Range<Int>], turns: RotaryEmbedding.Turns) {
    (self.sequences, self.turns) = (sequences, turns)
    (made, queries) = (nil, sequences)
  }

  /// Of each sequence of `all` only the last rows are made, as many as `part` has.
  init(_ all: Rows, making part: [Range<Int>]) {
    (sequences, turns, queries) = (all.sequences, all.turns, part)
    made = part == sequences ? nil : zip(sequences, part).flatMap { $0.suffix($1.count) }
  }

  /// Those rows of x that are made.
  func made(of x: consuming Tensor) -> Tensor {
    guard let made else { return x }
    return x.gathered(rows: made)
  }

  var madeTurns: RotaryEmbedding.Turns {
    RotaryEmbedding.Turns(cosines: made(of: turns.cosines), sines: made(of: turns.sines))
  }

  /// Adds to those rows: `made(of:)`, backwards.
  func add(_ part: Tensor, toMadeOf whole: inout Tensor) {
    if let made { whole.scatterAdd(part, rows: made) } else { whole += part }
  }
}

/// One pass over some texts: where it begins, which rows it makes, and where its way back ends. The
/// plain one begins at the embeddings, makes every row, and goes back to the embeddings.
struct Pass: Sendable {
  let batch: Batch

  /// What the last block makes: of each sequence all rows, or the last of them.
  let last: Batch

  /// What a block makes of the batch, before its edit, where that is known: then nothing below runs.
  let known: (block: Int, h: Tensor)?

  /// dh goes back to this block's edit and no further, for below it nothing learns; −1 for all the way.
  let lowest: Int

  init(
    _ batch: Batch, last: Batch? = nil, known: (block: Int, h: Tensor)? = nil, lowest: Int = -1
  ) {
    (self.batch, self.last) = (batch, last ?? batch)
    (self.known, self.lowest) = (known, lowest)
  }

  /// The lowest block that runs.
  var firstBlock: Int { known.map { $0.block + 1 } ?? 0 }
}

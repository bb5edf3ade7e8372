/// One example as tokens: a prompt and what should follow it.
public struct TokenSequence: Sendable, Hashable {
  /// Prompt and completion, joined.
  public let tokens: [Int]

  /// How many of the tokens are the prompt; the rest are targets.
  public let promptLength: Int

  /// Traps unless the prompt has at least one token, and no more than there are.
  public init(tokens: [Int], promptLength: Int) {
    precondition(
      1 <= promptLength && promptLength <= tokens.count,
      "TokenSequence: a prompt of \(promptLength) in \(tokens.count) tokens")
    self.tokens = tokens
    self.promptLength = promptLength
  }
}

/// Sequences laid end to end, without padding: row i of every activation belongs to token i.
///
///     targets    the token at position t is predicted at position t − 1, for every t behind the prompt
///     units      rows count from the start of the batch, positions from the start of a sequence
public struct Batch: Sendable {
  /// A row whose logits are compared with the token that really follows.
  public struct Target: Sendable, Equatable {
    public let row: Int
    public let token: Int
  }

  public let tokens: [Int]

  /// Where each row stands in its own text, from 0.
  public let positions: [Int]

  /// The rows of each sequence.
  public let sequences: [Range<Int>]

  public let targets: [Target]

  /// What the sequences are.
  public let examples: [TokenSequence]

  /// Where randomness inside the model comes from; nil outside training, when nothing is dropped.
  public let dropoutSeed: UInt64?

  /// All tokens of the examples; or, of each, only those at some positions: a past has the others.
  public init(
    _ examples: [TokenSequence], reading ranges: [Range<Int>]? = nil, dropoutSeed: UInt64? = nil
  ) {
    var (tokens, positions) = ([Int](), [Int]())
    var (sequences, targets) = ([Range<Int>](), [Target]())
    for (i, example) in examples.enumerated() {
      let read = ranges?[i] ?? 0..<example.tokens.count
      // The row that position 0 has, or would have.
      let origin = tokens.count - read.lowerBound
      sequences.append(tokens.count..<tokens.count + read.count)
      tokens += example.tokens[read]
      positions += read
      for t in example.promptLength..<example.tokens.count where read.contains(t - 1) {
        targets.append(Target(row: origin + t - 1, token: example.tokens[t]))
      }
    }
    (self.examples, self.dropoutSeed) = (examples, dropoutSeed)
    (self.tokens, self.positions) = (tokens, positions)
    (self.sequences, self.targets) = (sequences, targets)
  }

  /// The rows that stand, in every sequence, at the positions which `ranges` gives for a prompt of n
  /// tokens; of those that are read.
  public func rows(_ ranges: (_ n: Int) -> [Range<Int>]) -> [Int] {
    zip(examples, sequences).flatMap { example, sequence in
      guard let first = sequence.first else { return [Int]() }
      let read = positions[first]..<positions[first] + sequence.count
      return ranges(example.promptLength).flatMap { range in
        range.clamped(to: read).map { position in first + position - read.lowerBound }
      }
    }
  }
}

/// The rows that a block reads, and those that it makes: what a batch is in attention's eyes.
///
/// Every block makes all its rows, but for the last, where only some are read by the loss.
///
///     units      rows count from the start of the batch
public struct Rows: Sendable {
  /// The rows of each sequence; they lie end to end, and none sees another's.
  public let sequences: [Range<Int>]

  /// The turn of each row's position.
  public let turns: RotaryEmbedding.Turns

  /// The rows that are made, the last of each sequence; nil for all, which costs nothing.
  private let made: [Int]?

  /// The ranges, among the rows that are made, that belong to each sequence: each has a query.
  let queries: [Range<Int>]

  public init(_ sequences: [Range<Int>], turns: RotaryEmbedding.Turns) {
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
public struct Pass: Sendable {
  public let batch: Batch

  /// What the last block makes: of each sequence all rows, or the last of them.
  public let last: Batch

  /// What a block makes of the batch, before its edit, where that is known: then nothing below runs.
  let known: (block: Int, h: Tensor)?

  /// dh goes back to this block's edit and no further, for below it nothing learns; −1 for all the way.
  let lowest: Int

  public init(
    _ batch: Batch, last: Batch? = nil, known: (block: Int, h: Tensor)? = nil, lowest: Int = -1
  ) {
    (self.batch, self.last) = (batch, last ?? batch)
    (self.known, self.lowest) = (known, lowest)
  }

  /// The lowest block that runs.
  var firstBlock: Int { known.map { $0.block + 1 } ?? 0 }
}

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

/// Sequences laid end to end, without padding: row i of what the blocks make belongs to token i. In
/// training it is one shard of a step's examples (`Objective`).
///
///     targets    the token at position t is predicted at position t − 1, for every t behind the prompt
///     shapes     T, everywhere: all the rows of a batch
///     units      rows count from the start of the batch, positions from the start of a sequence
public struct Batch: Sendable {
  /// A row whose logits are compared with the token that really follows.
  struct Target: Sendable, Equatable {
    let row: Int
    let token: Int
  }

  public let tokens: [Int]

  /// Where each row stands in its own text, from 0.
  public let positions: [Int]

  /// The rows of each sequence.
  let sequences: [Range<Int>]

  let targets: [Target]

  /// What the sequences are.
  public let examples: [TokenSequence]

  /// Where randomness inside the model comes from; nil outside training, when nothing is dropped.
  let dropoutSeed: UInt64?

  /// All tokens of the examples; or, of each, only those at some positions, where a past has those before.
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
  /// tokens. A position that the batch does not read has no row.
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

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
///     targets    the token at place t is predicted at row t − 1, for every t after the prompt
///     units      rows count from the start of the batch, positions from the start of a sequence
public struct Batch: Sendable {
  /// A row whose logits are compared with the token that really follows.
  public struct Target: Sendable, Equatable {
    public let row: Int
    public let token: Int
  }

  public let tokens: [Int]

  /// The place of each row in its own sequence, from 0.
  public let positions: [Int]

  /// The rows of each sequence.
  public let sequences: [Range<Int>]

  /// The rows of each sequence's prompt: the only ones a ReFT method may edit. Where a window leaves
  /// out some of them, the range begins before the sequence does, or ends behind it.
  public let prompts: [Range<Int>]

  /// All rows of each sequence, prompt and completion; beyond the window in the same way.
  public let wholes: [Range<Int>]

  public let targets: [Target]

  /// What the sequences are.
  public let examples: [TokenSequence]

  /// Where randomness inside the model comes from; nil outside training, when nothing is dropped.
  public let dropoutSeed: UInt64?

  /// All tokens of the examples, or of each those in its window.
  public init(
    _ examples: [TokenSequence], windows: [Range<Int>]? = nil, dropoutSeed: UInt64? = nil
  ) {
    var (tokens, positions, targets) = ([Int](), [Int](), [Target]())
    var (sequences, prompts, wholes) = ([Range<Int>](), [Range<Int>](), [Range<Int>]())
    for (i, example) in examples.enumerated() {
      let window = windows?[i] ?? 0..<example.tokens.count
      let (start, end) = (tokens.count - window.lowerBound, tokens.count + window.count)
      sequences.append(tokens.count..<end)
      prompts.append(start..<start + example.promptLength)
      wholes.append(start..<start + example.tokens.count)
      tokens += example.tokens[window]
      positions += window
      for t in example.promptLength..<example.tokens.count where window.contains(t - 1) {
        targets.append(Target(row: start + t - 1, token: example.tokens[t]))
      }
    }
    self.tokens = tokens
    self.positions = positions
    self.sequences = sequences
    self.prompts = prompts
    self.wholes = wholes
    self.targets = targets
    self.examples = examples
    self.dropoutSeed = dropoutSeed
  }
}

/// One example as tokens: a prompt and what should follow it.
public struct TokenSequence: Sendable, Equatable {
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
///     read       docs/26-decoder.md
///     check      Tests/TinyReFTTests/Decoder/BatchTests.swift
public struct Batch: Sendable {
  /// A row whose logits are compared with the token that really follows.
  public struct Target: Sendable, Equatable {
    public let row: Int
    public let token: Int
  }

  public let tokens: [Int]

  /// The rows of each sequence.
  public let sequences: [Range<Int>]

  /// The rows of each sequence's prompt: the only ones a ReFT method may edit.
  public let prompts: [Range<Int>]

  public let targets: [Target]

  /// Where randomness inside the model comes from; nil outside training, when nothing is dropped.
  public let dropoutSeed: UInt64?

  public init(_ examples: [TokenSequence], dropoutSeed: UInt64? = nil) {
    var tokens: [Int] = []
    var (sequences, prompts): ([Range<Int>], [Range<Int>]) = ([], [])
    var targets: [Target] = []
    for example in examples {
      let start = tokens.count
      tokens += example.tokens
      sequences.append(start..<tokens.count)
      prompts.append(start..<start + example.promptLength)
      for t in example.promptLength..<example.tokens.count {
        targets.append(Target(row: start + t - 1, token: example.tokens[t]))
      }
    }
    self.tokens = tokens
    self.sequences = sequences
    self.prompts = prompts
    self.targets = targets
    self.dropoutSeed = dropoutSeed
  }

  /// The place of each row in its own sequence, from 0.
  public var positions: [Int] { sequences.flatMap { Array(0..<$0.count) } }
}

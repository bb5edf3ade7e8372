/// What a frozen base makes unnecessary. Each saving leaves the loss and its gradient as they are.
public struct Savings: OptionSet, Sendable {
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  /// The last block makes only the rows that the loss reads, and no block reads the last token of a
  /// sequence, behind which there is no target.
  public static let rows = Savings(rawValue: 1)

  /// The gradient goes no further down than the lowest edit.
  public static let backward = Savings(rawValue: 2)

  /// What enters the lowest edit is computed once for each example, and kept.
  public static let hidden = Savings(rawValue: 4)

  /// So are, in the blocks above, keys and values of the tokens before the first edited one, which
  /// then have no rows at all. Needs `hidden`.
  public static let keys = Savings(rawValue: 8)

  public static let all: Savings = [.rows, .backward, .hidden, .keys]

  private static let names: [String: Savings] = [
    "rows": .rows, "backward": .backward, "hidden": .hidden, "keys": .keys,
  ]

  /// `all`, `none`, or names separated by commas; nil for anything else.
  public init?(_ text: String) {
    self = text == "all" ? .all : []
    guard text != "all", text != "none" else { return }
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let saving = Self.names[String(part)] else { return nil }
      formUnion(saving)
    }
  }
}

/// What is kept of the examples from epoch to epoch, because no learning can change it.
///
/// A block below every edit makes the same hidden states in every epoch, and so does any block for a
/// token before the first edited one, because no token sees a later one. What does not fit into
/// `limit` is computed again whenever it is needed: slower, and the same bits.
///
///     units      bytes
///     paper      Wu et al. 2024, arXiv:2404.03592v3, definition 3.1: an edit at positions P of
///                layer l leaves what is below l, and what is before P, as it is
///     differs    pyreft computes all of it in every step
public struct FrozenBase: Sendable {
  public let savings: Savings
  public let limit: Int
  public private(set) var bytes = 0

  private var states: [TokenSequence: KeptState] = [:]
  /// Something did not fit: nothing more is kept, and nothing made only to be thrown away.
  private var isFull = false

  /// Nothing is saved: every block runs over every token, forward and backward.
  public static let plain = FrozenBase([], limit: 0)

  public init(_ savings: Savings, limit: Int = FrozenBase.defaultLimit) {
    (self.savings, self.limit) = (savings, limit)
  }

  /// 512 MB.
  public static let defaultLimit = 512_000_000

  /// Keeps examples that are not here yet, until one does not fit. The model's base, and the
  /// positions and layers of its edits, have to be the same at every call.
  public mutating func keep<A>(
    _ examples: [TokenSequence], of model: AdaptedDecoder<A>, threads: Int
  ) {
    guard savings.contains(.hidden), model.fixedBlockCount > 0, !isFull else { return }
    var seen: Set<TokenSequence> = []
    let new = examples.filter { states[$0] == nil && seen.insert($0).inserted }
    let savings = savings
    let made = parallelMap(count: new.count, threads: threads) { i in
      model.fixedState(of: new[i], savings)
    }
    for (example, state) in zip(new, made) {
      isFull = isFull || bytes + state.bytes > limit
      guard !isFull else { return }
      bytes += state.bytes
      states[example] = state
    }
  }

  /// The pass over these examples that saves what can be saved.
  func pass<A>(
    over examples: [TokenSequence], of model: AdaptedDecoder<A>, dropoutSeed: UInt64?
  ) -> Pass {
    let fixed = model.fixedBlockCount
    let keeps = savings.contains(.hidden) && fixed > 0
    let windows = examples.map { model.windows(of: $0, savings) }
    let batch = Batch(examples, windows: windows.map(\.all), dropoutSeed: dropoutSeed)
    let stops = savings.contains(.backward) && fixed > 0
    return Pass(
      batch, last: Batch(examples, windows: windows.map(\.last), dropoutSeed: dropoutSeed),
      kept: keeps ? examples.map { states[$0] ?? model.fixedState(of: $0, savings) } : nil,
      firstBlock: keeps ? fixed : 0, lowestBackward: stops ? fixed : 0)
  }
}

extension AdaptedDecoder {
  /// How many blocks, from the lowest on, make the same hidden states whatever is learned.
  fileprivate var fixedBlockCount: Int {
    let edited = adaptation.firstEdit(ofPrompt: 1).map { $0.block + 1 }
    return min(edited ?? decoder.blocks.count, decoder.fixedBlockCount)
  }

  /// How many tokens of a prompt, from the first on, nothing touches that learns.
  private func fixedTokenCount(ofPrompt n: Int) -> Int {
    guard decoder.fixedBlockCount == decoder.blocks.count else { return 0 }
    return adaptation.firstEdit(ofPrompt: n)?.token ?? n
  }

  /// Which tokens of an example have rows: in all blocks, and behind the last one.
  fileprivate func windows(
    of example: TokenSequence, _ savings: Savings
  ) -> (all: Range<Int>, last: Range<Int>) {
    let (length, lastOfPrompt) = (example.tokens.count, example.promptLength - 1)
    // A label stands last, and its number is no token.
    let end = savings.contains(.rows) || classifier != nil ? length - 1 : length
    let isCut = savings.isSuperset(of: [.hidden, .keys]) && fixedBlockCount > 0
    let first = isCut ? min(lastOfPrompt, fixedTokenCount(ofPrompt: example.promptLength)) : 0
    return (first..<end, savings.contains(.rows) ? lastOfPrompt..<end : first..<end)
  }

  /// What the fixed blocks make of an example.
  fileprivate func fixedState(of example: TokenSequence, _ savings: Savings) -> KeptState {
    let (fixed, windows) = (fixedBlockCount, windows(of: example, savings))
    let batch = Batch([example], windows: [0..<windows.all.upperBound])
    let rows = BlockRows(batch.sequences, turns: decoder.turns(at: batch.positions))
    var h = decoder.embedding.embed(batch.tokens)
    for block in decoder.blocks.prefix(fixed) { h = block.forward(h, rows).y }
    let live = fixed < decoder.blocks.count ? windows.all : windows.last
    let columns = 0..<h.columns
    // Above, the tokens before the first edited one only see each other.
    let first = 0..<windows.all.lowerBound
    let firstRows = BlockRows([first], turns: decoder.turns(at: Array(first)))
    var early = h[rows: first, columns: columns]
    let earlier = decoder.blocks.dropFirst(fixed).map { block in
      let (y, cache) = block.forward(early, firstRows)
      early = y
      return KeysAndValues(keys: cache.attention.k, values: cache.attention.v)
    }
    return KeptState(hidden: h[rows: live, columns: columns], earlier: earlier)
  }
}

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
struct FrozenBase: Sendable {
  let savings: Savings
  let limit: Int
  private(set) var bytes = 0

  private var states: [TokenSequence: KeptState] = [:]
  /// Something did not fit: nothing more is kept, and nothing made only to be thrown away.
  private var isFull = false

  init(_ savings: Savings, limit: Int = TrainingOptions().keptBytes) {
    (self.savings, self.limit) = (savings, limit)
  }

  /// Traps when there is something to save, and the gradient has room for the base.
  func requireFrozen<A>(_ zero: AdaptedDecoder<A>) {
    precondition(savings.isEmpty || !zero.learnsBase, "FrozenBase: savings for a base that learns")
  }

  /// Keeps examples that are not here yet, until one does not fit. The model's base, and the
  /// positions and layers of its edits, have to be the same at every call.
  mutating func keep<A>(
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

  /// The pass over these examples that saves what can be saved, and what stands before it in each block.
  func pass<A>(
    over examples: [TokenSequence], of model: AdaptedDecoder<A>, dropoutSeed: UInt64?
  ) -> (pass: Pass, past: [Past]) {
    let fixed = model.fixedBlockCount
    let read = examples.map { model.read(of: $0, savings) }
    let batch = Batch(examples, reading: read.map(\.all), dropoutSeed: dropoutSeed)
    let last = Batch(examples, reading: read.map(\.last), dropoutSeed: dropoutSeed)
    let stops = savings.contains(.backward) && fixed > 0
    let lowest = stops ? fixed - 1 : -1
    var past = model.decoder.past(sequences: examples.count)
    guard savings.contains(.hidden), fixed > 0 else {
      return (Pass(batch, last: last, lowest: lowest), past)
    }
    let kept = examples.map { states[$0] ?? model.fixedState(of: $0, savings) }
    for l in fixed..<past.count {
      let earlier = Past(endToEnd: kept.map { $0.past[l] })
      if !earlier.keys.isEmpty { past[l] = earlier }
    }
    let known = Tensor(stacking: kept.map(\.hidden))
    return (Pass(batch, last: last, known: (fixed - 1, known), lowest: lowest), past)
  }
}

/// What no learning can change about one example: where a pass over it may start.
struct KeptState: Sendable {
  /// What the highest fixed block makes of the tokens that are read, before its edit.
  let hidden: Tensor

  /// Of each block, the tokens before those that are read; of fixed blocks nothing.
  let past: [Past]

  var bytes: Int {
    let count = past.reduce(hidden.count) { $0 + $1.keys.count + $1.values.count }
    return count * MemoryLayout<Scalar>.stride
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

  /// Which tokens of an example are read: by all blocks, and behind the last one.
  fileprivate func read(
    of example: TokenSequence, _ savings: Savings
  ) -> (all: Range<Int>, last: Range<Int>) {
    let (length, lastOfPrompt) = (example.tokens.count, example.promptLength - 1)
    // A label stands last, and its number is no token.
    let end = savings.contains(.rows) || classifier != nil ? length - 1 : length
    let isCut = savings.isSuperset(of: [.hidden, .keys]) && fixedBlockCount > 0
    let first = isCut ? min(lastOfPrompt, fixedTokenCount(ofPrompt: example.promptLength)) : 0
    return (first..<end, savings.contains(.rows) ? lastOfPrompt..<end : first..<end)
  }

  /// What the fixed blocks make of an example, and what those above make of the tokens that nothing
  /// touches: these only see each other.
  fileprivate func fixedState(of example: TokenSequence, _ savings: Savings) -> KeptState {
    let read = read(of: example, savings)
    // Without the prefix: it learns, and is put in front in every step anew.
    var past = decoder.blocks.map { _ in Past.none(sequences: 1) }
    func rows(_ positions: Range<Int>) -> Rows {
      Rows([0..<positions.count], turns: decoder.turns(at: Array(positions)))
    }
    let (fixed, whole) = (fixedBlockCount, 0..<read.all.upperBound)
    var h = decoder.embedding.embed(Array(example.tokens[whole]))
    let columns = 0..<h.columns
    for l in 0..<fixed { h = decoder.blocks[l].forward(h, rows(whole), after: &past[l]).y }
    let kept = fixed < decoder.blocks.count ? read.all : read.last
    let untouched = 0..<read.all.lowerBound
    var early = h[rows: untouched, columns: columns]
    for l in fixed..<past.count where !untouched.isEmpty {
      early = decoder.blocks[l].forward(early, rows(untouched), after: &past[l]).y
    }
    for l in 0..<fixed { past[l] = .none(sequences: 1) }
    return KeptState(hidden: h[rows: kept, columns: columns], past: past)
  }
}

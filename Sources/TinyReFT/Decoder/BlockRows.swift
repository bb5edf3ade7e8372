/// Which tokens a block reads, and which it has to make: what a row is, in attention's eyes.
///
/// A block that makes every row of every sequence is the plain case. Where the loss reads only some
/// rows of the last block, only those are made; and where the first tokens of a sequence never
/// change, their keys and values are here instead of their rows.
///
///     units      rows count from the start of the batch
///     paper      none: what is left out here could not have changed the result
public struct BlockRows: Sendable {
  /// The rows of each sequence; they lie end to end, and none sees another's.
  public let sequences: [Range<Int>]

  /// The turn of each row's position.
  public let turns: RotaryEmbedding.Turns

  /// Of each sequence, the rows that come out of the block: all, or the last of them.
  public let made: [Range<Int>]

  /// The keys and values of the tokens before each sequence's first row; nil when there are none.
  public let earlier: [KeysAndValues]?

  /// Whether `earlier` is the same for every sequence, and learned.
  let hasPrefix: Bool

  /// The rows that come out, among those that are read.
  let madeRows: RowChoice

  /// Traps unless the rows that are made are the last of their sequences.
  public init(
    _ sequences: [Range<Int>], turns: RotaryEmbedding.Turns, made: [Range<Int>]? = nil,
    earlier: [KeysAndValues]? = nil, prefix: KeysAndValues? = nil
  ) {
    precondition(earlier == nil || prefix == nil, "BlockRows: a prefix before tokens that are kept")
    (self.sequences, self.turns, hasPrefix) = (sequences, turns, prefix != nil)
    self.earlier = earlier ?? prefix.map { Array(repeating: $0, count: sequences.count) }
    self.made = made ?? sequences
    let areLast = zip(self.made, sequences).allSatisfy { made, all in
      made.upperBound == all.upperBound && made.lowerBound >= all.lowerBound
    }
    precondition(areLast, "BlockRows: \(self.made) are not the last rows of \(sequences)")
    madeRows = self.made == sequences ? .all : .some(self.made.flatMap(\.self))
  }

  /// Where each sequence stands among the rows that are made.
  var queries: [Range<Int>] { endToEnd(made.map(\.count)) }

  /// Keys (or values) as queries see them: each sequence's earlier ones, then those of its rows, and
  /// where each sequence's stand.
  func withEarlier(
    _ own: Tensor, _ part: (KeysAndValues) -> Tensor
  ) -> (all: Tensor, rows: [Range<Int>]) {
    guard let earlier else { return (own, sequences) }
    var all = Tensor(repeating: 0, rows: 0, columns: own.columns)
    for (rows, earlier) in zip(sequences, earlier) {
      all.append(part(earlier))
      all.append(own[rows: rows, columns: 0..<own.columns])
    }
    return (all, endToEnd(zip(sequences, earlier).map { $0.count + $1.keys.rows }))
  }

  /// From the gradients of all keys and values to those of the prefix, which every sequence has read.
  func prefixGradient(_ dk: Tensor, _ dv: Tensor) -> KeysAndValues {
    let length = earlier?.first?.keys.rows ?? 0
    func sum(_ dAll: Tensor) -> Tensor {
      var (sum, start) = (Tensor(repeating: 0, rows: length, columns: dAll.columns), 0)
      for sequence in sequences {
        sum += dAll[rows: start..<start + length, columns: 0..<dAll.columns]
        start += length + sequence.count
      }
      return sum
    }
    return KeysAndValues(keys: sum(dk), values: sum(dv))
  }

  /// From the gradient of all keys (or values) to that of those of the rows that were read.
  func withoutEarlier(_ dAll: consuming Tensor) -> Tensor {
    guard let earlier else { return dAll }
    var (rows, start) = ([Int](), 0)
    for (sequence, earlier) in zip(sequences, earlier) {
      start += earlier.keys.rows
      rows += start..<start + sequence.count
      start += sequence.count
    }
    return dAll.gathered(rows: rows)
  }
}

/// Keys and values of the first tokens of a sequence, keys turned by their positions.
///
///     shapes     keys, values: [tokens, G·w]
public struct KeysAndValues: Sendable {
  public let keys: Tensor
  public let values: Tensor

  public init(keys: Tensor, values: Tensor) { (self.keys, self.values) = (keys, values) }
}

/// Ranges of these sizes, one after the other.
private func endToEnd(_ counts: [Int]) -> [Range<Int>] {
  var start = 0
  return counts.map { count in
    defer { start += count }
    return start..<start + count
  }
}

/// Some rows of a matrix, or all of them, which costs nothing.
enum RowChoice: Sendable {
  case all
  case some([Int])

  func of(_ x: consuming Tensor) -> Tensor {
    switch self {
    case .all: x
    case .some(let rows): x.gathered(rows: rows)
    }
  }

  func of(_ turns: RotaryEmbedding.Turns) -> RotaryEmbedding.Turns {
    RotaryEmbedding.Turns(cosines: of(turns.cosines), sines: of(turns.sines))
  }

  /// Adds to these rows: the backward pass of `of`.
  func add(_ part: Tensor, to whole: inout Tensor) {
    switch self {
    case .all: whole += part
    case .some(let rows): whole.scatterAdd(part, rows: rows)
    }
  }
}

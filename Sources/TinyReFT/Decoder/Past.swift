/// Keys and values of the tokens before those that a block reads: what has been read of a text that is
/// being written, what a prefix puts in front, what a frozen base keeps from epoch to epoch.
///
/// A token's key and value never change once they are there, because no token sees a later one. So a new
/// token costs one row of work instead of all rows, and a prompt that was edited by an intervention stays
/// edited: later tokens attend to the edited keys and values.
///
///     shapes     keys, values: [tokens, G·w], sequence after sequence, keys turned by their positions
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 3.3 and appendix H: interventions act
///                while the prompt is read, and cost nothing afterwards
///     differs    nothing; in pyreft a hook acts on the first forward pass of `generate` only
struct Past: Sendable {
  private(set) var keys: Tensor
  private(set) var values: Tensor

  /// How many tokens each sequence has here.
  private(set) var counts: [Int]

  init(keys: Tensor, values: Tensor, counts: [Int]) {
    (self.keys, self.values, self.counts) = (keys, values, counts)
  }

  /// Those of several batches as of one.
  init(endToEnd pasts: [Past]) {
    self.init(
      keys: Tensor(stacking: pasts.map(\.keys)), values: Tensor(stacking: pasts.map(\.values)),
      counts: pasts.flatMap(\.counts))
  }

  /// Of this many sequences that begin here.
  static func none(sequences: Int) -> Past {
    Past(keys: .none, values: .none, counts: Array(repeating: 0, count: sequences))
  }

  /// Where each sequence's rows stand.
  var sequences: [Range<Int>] {
    var start = 0
    return counts.map { count in
      defer { start += count }
      return start..<start + count
    }
  }

  /// Puts the keys and values of each sequence's new tokens behind its earlier ones. Those of a single
  /// sequence stay where they are: to write a text copies nothing that it has read.
  mutating func append(_ new: Past) {
    if keys.isEmpty {
      self = new
    } else if counts.count == 1 {
      keys.append(new.keys)
      values.append(new.values)
      counts[0] += new.counts[0]
    } else {
      let turns = zip(sequences, new.sequences).flatMap { earlier, later in
        [self[earlier], new[later]]
      }
      let sums = zip(counts, new.counts).map(+)
      self = Past(endToEnd: turns)
      counts = sums
    }
  }

  /// The rows of d, one for each token here, that belong to the new tokens of each sequence, and those
  /// before them: to append, backwards.
  func split(_ d: consuming Tensor, new: [Range<Int>]) -> (earlier: Tensor, new: Tensor) {
    guard counts != new.map(\.count) else { return (.none, d) }
    let each = zip(sequences, new)
    return (
      d.gathered(rows: each.flatMap { $0.dropLast($1.count) }),
      d.gathered(rows: each.flatMap { $0.suffix($1.count) })
    )
  }

  /// These rows, as those of one sequence.
  subscript(rows: Range<Int>) -> Past {
    let columns = 0..<keys.columns
    return Past(
      keys: keys[rows: rows, columns: columns], values: values[rows: rows, columns: columns],
      counts: [rows.count])
  }
}

/// A ReFT method: a set of interventions, those of one layer at disjoint positions.
///
///     forward    after every block, each intervention of that layer edits its rows
///     backward   the same interventions, in reverse
///
///     shapes     h, dh: [T, d]
///     paper      Wu et al. 2024, arXiv:2404.03592v3, definition 3.2
///     differs    every Φ of a set is of the same kind
public struct ReFT<Phi: InterventionFunction>: Adaptation {
  private(set) var interventions: [Intervention<Phi>]

  /// All the positions that are edited; each intervention has some of them.
  public let positions: Positions

  /// The share of an edit's numbers that training drops at random, from 0 to 1; the rest grows to make
  /// up for it. At 1 there is no rest, and nothing is learned.
  public var dropout: Scalar = 0

  /// Traps unless interventions at the same layer have disjoint positions (definition 3.2).
  init(_ interventions: [Intervention<Phi>], positions: Positions) {
    for (i, one) in interventions.enumerated() {
      for other in interventions[..<i] where one.layer == other.layer {
        precondition(
          one.positions.isDisjoint(from: other.positions),
          "ReFT: \(one.path) and \(other.path) edit the same positions")
      }
    }
    self.interventions = interventions
    self.positions = positions
  }

  /// A new method: at every layer of `layers` one Φ for each group of positions that shares one.
  init(
    rank: Int, width: Int, layers: [Int], positions: Positions, sharing: Sharing,
    start: Start = .identity, seed: UInt64
  ) {
    // Another stream than a decoder's of the same seed: the four bytes say ReFT.
    var stream = RandomStream(seed: seed, 0x5265_4654)
    let set = layers.flatMap { layer in
      sharing.groups(of: positions).map { group in
        Intervention(
          phi: Phi(rank: rank, width: width, start: start, using: &stream), positions: group,
          layer: layer)
      }
    }
    self.init(set, positions: positions)
  }

  /// The names are those of `interventions.safetensors`.
  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    for i in interventions.indices {
      try interventions[i].phi.walk(path + interventions[i].path, visit)
    }
  }

  public func firstEdit(ofPrompt n: Int) -> (block: Int, token: Int)? {
    let (prefix, suffix) = positions.ends(ofPrompt: n)
    return interventions.map(\.layer).min().map { ($0, prefix > 0 ? 0 : n - suffix) }
  }

  /// One entry for each intervention of the layer; nil for one that had no row to edit.
  public typealias Cache = [Intervention<Phi>.Cache?]

  public func forward(
    _ h: consuming Tensor, afterBlock layer: Int, of batch: Batch
  ) -> (h: Tensor, cache: Cache) {
    var cache = Cache()
    for (i, intervention) in interventions.enumerated() where intervention.layer == layer {
      let rows = batch.rows { n in intervention.positions.ranges(ofPrompt: n, of: positions) }
      let mask = dropoutMask(rows, columns: h.columns, of: batch, intervention: i)
      cache.append(intervention.forward(&h, rows: rows, mask: mask))
    }
    return (h, cache)
  }

  public func backward(
    _ dh: consuming Tensor, _ cache: Cache, afterBlock layer: Int, into gradient: inout ReFT
  ) -> Tensor {
    let indices = interventions.indices.filter { interventions[$0].layer == layer }
    for (i, cache) in zip(indices, cache).reversed() {
      guard let cache else { continue }
      interventions[i].backward(&dh, cache, into: &gradient.interventions[i].phi)
    }
    return dh
  }

  /// Zero where a number is dropped, 1 / (1 − dropout) elsewhere; nil outside training. What is dropped
  /// of a row follows from the shard's seed, the example's number in the shard and the row's position,
  /// whichever other rows are read.
  private func dropoutMask(
    _ rows: [Int], columns: Int, of batch: Batch, intervention: Int
  ) -> Tensor? {
    guard dropout > 0, let seed = batch.dropoutSeed else { return nil }
    let share = Double(dropout)
    var mask = Tensor(repeating: 1 / (1 - dropout), rows: rows.count, columns: columns)
    for (i, row) in rows.enumerated() {
      let example = batch.sequences.firstIndex { $0.contains(row) } ?? 0
      var stream = RandomStream(seed: seed, intervention, example, batch.positions[row])
      for k in mask.row(i) where stream.uniform() < share { mask.elements[k] = 0 }
    }
    return mask
  }
}

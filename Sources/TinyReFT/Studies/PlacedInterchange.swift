/// Interchange at one place of a decoder: the same token of every sequence, after one block.
///
/// The sources were computed before, and the loss does not pull at them.
///
///     forward    h_p ← DII(h_p, s, R) for the token p of every sequence, h otherwise
///     backward   dΔ = dh_p,  dh_p ← dh_p + db
///
///     shapes     h, dh: [T, d]     sources: [sequences, d], row i for sequence i of the batch
///     units      layers and tokens count from 0
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 3.1 and eq. 7
///     differs    nothing
public struct PlacedInterchange: Adaptation {
  var interchange: Interchange
  let place: Place
  let sources: Tensor

  /// Where in a decoder: after which block, at which token.
  public struct Place: Sendable, Hashable {
    let layer: Int
    let token: Int

    init(layer: Int, token: Int) { (self.layer, self.token) = (layer, token) }

    /// The rows of a batch that stand there. Traps when a sequence has no such token.
    public func rows(of batch: Batch) -> [Int] {
      let rows = batch.rows { _ in [token..<token + 1] }
      precondition(rows.count == batch.sequences.count, "Place: a sequence has no token \(token)")
      return rows
    }
  }

  init(_ interchange: Interchange, at place: Place, sources: Tensor) {
    (self.interchange, self.place, self.sources) = (interchange, place, sources)
  }

  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try interchange.walk(path, visit)
  }

  public func firstEdit(ofPrompt n: Int) -> (block: Int, token: Int)? { (place.layer, place.token) }

  /// nil after every other block.
  public typealias Cache = Edit?

  public struct Edit: Sendable {
    let rows: [Int]
    let interchange: Interchange.Cache
  }

  public func forward(
    _ h: consuming Tensor, afterBlock layer: Int, of batch: Batch
  ) -> (h: Tensor, cache: Cache) {
    guard layer == place.layer else { return (h, nil) }
    let rows = place.rows(of: batch)
    let (delta, cache) = interchange.forward(h.gathered(rows: rows), source: sources)
    h.scatterAdd(delta, rows: rows)
    return (h, Edit(rows: rows, interchange: cache))
  }

  public func backward(
    _ dh: consuming Tensor, _ cache: Cache, afterBlock layer: Int,
    into gradient: inout PlacedInterchange
  ) -> Tensor {
    guard let cache else { return dh }
    let (dBase, _) = interchange.backward(
      dh.gathered(rows: cache.rows), cache.interchange, into: &gradient.interchange)
    dh.scatterAdd(dBase, rows: cache.rows)
    return dh
  }
}

extension Interchange {
  /// The whole space: the base becomes the source.
  static func everything(width d: Int) -> Interchange {
    var identity = Tensor(repeating: 0, rows: d, columns: d)
    for i in 0..<d { identity[i, i] = 1 }
    return Interchange(A: identity)
  }
}

/// Each rival at work, against central differences: in a block, or before the first.
extension GradientSuite {
  func rivals() -> [Row] { Methods.rivals.compactMap { block(with: $0) } }

  /// A frozen block, and the part in it that learns.
  private struct EditedBlock<Part: BlockAdaptation>: Parameterized {
    let block: Block
    var part: Part

    mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
      try part.walk(path, visit)
    }

    /// y, and the way back from there.
    func forward(_ x: Tensor) -> (y: Tensor, backward: (Tensor, inout EditedBlock) -> Tensor) {
      let turns = RotaryEmbedding(headWidth: 2, base: 100).turns(at: [0, 1, 2, 3, 0, 1, 2])
      let rows = BlockRows([0..<4, 4..<7], turns: turns, prefix: part.prefix)
      let edits = BlockEdits(part, gradient: part.zeroed)
      let (y, cache) = block.forward(x, rows, edits)
      func backward(_ dy: Tensor, into gradient: inout EditedBlock) -> Tensor {
        var frozen = block.frozen
        let dx = block.backward(dy, cache, edits, into: &frozen)
        gradient.part.add(edits.gradient)
        return dx
      }
      return (y, backward)
    }
  }

  private func block(with rival: any Rival.Type) -> Row? {
    func row<R: Rival>(_ rival: R.Type) -> Row? {
      let base = Decoder(Self.configuration, seed: seed)
      let c = RivalConfiguration(
        method: R.method, size: 2, alpha: 3, maps: BlockMap.matrices, layers: [0])
      var adaptation = R(c, for: base, seed: seed)
      // Away from the start, where much is zero. Keys and values in front get the size of the others,
      // or their share of the attention would be too small to measure slopes.
      let bound = adaptation.prefixLength > 0 ? 2 : 0.5
      var stream = RandomStream(seed: seed, 11)
      adaptation.walk("") { _, tensor in
        tensor += .uniform(
          rows: tensor.rows, columns: tensor.columns, bound: bound, using: &stream)
      }
      guard let part = adaptation.held[insideBlock: 0] else { return front(adaptation) }
      return layer(
        "block with \(R.method)", EditedBlock(block: base.blocks[0], part: part), [7, 6], [7, 6]
      ) {
        $0.forward($1).y
      } backward: {
        $0.forward($1).backward($2, &$3)
      }
    }
    return row(rival)
  }

  /// What acts on embeddings; nil for what has no tensors of its own.
  private func front<R: Rival>(_ adaptation: R) -> Row? {
    guard adaptation.parameterCount > 0 else { return nil }
    let batch = Batch([
      TokenSequence(tokens: [0, 0, 1, 2], promptLength: 3),
      TokenSequence(tokens: [0, 0, 3], promptLength: 3),
    ])
    // In Float a step is so long that it may cross a bend of relu, behind which the slope is another.
    let tolerance = Scalar.self == Double.self ? Self.layerTolerance : 0.25
    return layer(
      "embeddings with \(R.method)", adaptation, [7, 6], [7, 6], tolerance: tolerance
    ) {
      $0.forward($1, afterBlock: -1, of: batch).h
    } backward: {
      let (_, cache) = $0.forward($1, afterBlock: -1, of: batch)
      return $0.backward($2, cache, afterBlock: -1, into: &$3)
    }
  }
}

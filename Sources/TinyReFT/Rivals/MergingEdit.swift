/// An edit that the base's own matrices can take up once it is trained: it then costs nothing.
///
/// What a method adds must be linear in what the matrix reads, and the matrix must stand where it is
/// added. So nothing with an activation of its own merges, nor does ReFT: the residual stream has no
/// matrix, and a matrix has no positions.
///
///     paper      Hu et al. 2021, arXiv:2106.09685v2, section 4.1: "no additional inference latency"
///     differs    gives a new decoder, where peft changes the one there is
protocol MergingEdit: MapEdit {
  /// The matrix that does alone what `weight` and this edit do together.
  func merged(_ weight: Tensor) -> Tensor
}

extension Decoder {
  /// The decoder that does alone what this one and the edits at its matrices do together.
  var merged: Decoder {
    var merged = self
    for l in blocks.indices {
      for map in BlockMap.allCases {
        guard let edit = blocks[l][map].attached as? any MergingEdit else { continue }
        merged.blocks[l][map] = Linear(weight: edit.merged(blocks[l][map].weight))
      }
    }
    return merged
  }
}

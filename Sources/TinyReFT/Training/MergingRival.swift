/// A rival that the base's own matrices can take up once it is trained: it then costs nothing.
///
/// What a method adds must be linear in what the matrix reads, and the matrix must stand where it is
/// added. So nothing with an activation of its own merges, nor does ReFT: the residual stream has no
/// matrix, and a matrix has no positions.
///
///     paper      Hu et al. 2021, arXiv:2106.09685v2, section 4.1: "no additional inference latency"
///     differs    gives a new decoder, where peft changes the one there is
public protocol MergingRival: Rival {
  /// The decoder that does alone what `base` and this rival do together.
  func merged(into base: Decoder) -> Decoder
}

/// What a block's matrices can take up.
public protocol MergingPart: RivalPart {
  /// The matrix that does alone what `weight` and this part do together.
  func merged(_ weight: Tensor, at map: BlockMap) -> Tensor
}

extension BlockRival: MergingRival where Part: MergingPart {
  public func merged(into base: Decoder) -> Decoder {
    var merged = base
    for (layer, part) in parts {
      for map in part.maps {
        let weight = base.blocks[layer][map].weight
        merged.blocks[layer][map] = Linear(weight: part.merged(weight, at: map))
      }
    }
    return merged
  }
}

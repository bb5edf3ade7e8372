/// A place where an edit hangs: what something else than ReFT adds to a map inside a block, at every
/// token. The layers know no more of it than this, and to a reader of the paper it is always nil.
///
///     forward    y ← edit(y, x), where y = map(x)
///     backward   from ∂loss/∂(edited y) to ∂loss/∂y, and to what the edit adds to ∂loss/∂x
///
///     shapes     x, dx: [n, in]     y, dy: [n, out], of the map
///     paper      Wu et al. 2024, arXiv:2404.03592v3, appendix B: other methods "edit every token"
protocol MapEdit: Parameterized {
  /// Keeps what `backward` needs.
  func forward(_ y: consuming Tensor, from x: Tensor) -> (y: Tensor, kept: [Tensor])

  /// dy of the map, and what is to be added to its dx: nil for nothing. Adds its own to `gradient`.
  func backward(
    _ dy: consuming Tensor, _ kept: [Tensor], into gradient: inout Self
  ) -> (dy: Tensor, dx: Tensor?)
}

extension MapEdit {
  /// The gradient is taken out and put back, so that it has one owner and adding does not copy it.
  fileprivate func backward(
    _ dy: consuming Tensor, _ kept: [Tensor], into gradient: inout (any MapEdit)?
  ) -> (dy: Tensor, dx: Tensor?) {
    guard var own = gradient.take() as? Self else {
      preconditionFailure("\(Self.self): a gradient of another kind")
    }
    defer { gradient = own }
    return backward(dy, kept, into: &own)
  }
}

/// Where nothing hangs, y goes by.
extension (any MapEdit)? {
  func forward(_ y: consuming Tensor, from x: Tensor) -> (y: Tensor, kept: [Tensor]) {
    guard let self else { return (y, []) }
    return self.forward(y, from: x)
  }

  func backward(
    _ dy: consuming Tensor, _ kept: [Tensor], into gradient: inout (any MapEdit)?
  ) -> (dy: Tensor, dx: Tensor?) {
    guard let self else { return (dy, nil) }
    return self.backward(dy, kept, into: &gradient)
  }
}

extension Block {
  /// Whether anything hangs in the block. Asked for every example of every step, so without key paths.
  fileprivate var isEdited: Bool {
    attention.queries.attached != nil || attention.keys.attached != nil
      || attention.values.attached != nil || attention.output.attached != nil
      || feedForward.gate.attached != nil || feedForward.up.attached != nil
      || feedForward.down.attached != nil
  }
}

extension Decoder {
  /// The decoder without what hangs in it.
  var bare: Decoder {
    var bare = self
    for l in blocks.indices {
      for matrix in Block.matrices { bare.blocks[l][keyPath: matrix].attached = nil }
    }
    (bare.embedding.soft, bare.prefix) = (nil, nil)
    return bare
  }

  /// How many blocks, from the lowest on, make what they make whatever hangs in the decoder and learns.
  var fixedBlockCount: Int {
    let first = blocks.indices.first { l in
      prefix?[block: l] != nil || blocks[l].isEdited
    }
    return embedding.soft == nil ? first ?? blocks.count : 0
  }
}

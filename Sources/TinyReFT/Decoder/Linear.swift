/// A matrix of weights: every output is a weighted sum of the inputs.
///
///     forward    y  = x · Wᵀ
///     backward   dx = dy · W
///                dW = dyᵀ · x
///
///     shapes     x, dx: [n, in]     y, dy: [n, out]     W, dW: [out, in]
///     paper      Rumelhart, Hinton & Williams 1986, "Learning representations by back-propagating
///                errors", Nature 323, 533–536
///     differs    no bias: Llama's layers have none
public struct Linear: Parameterized {
  /// W, [out, in], stored as Hugging Face stores it.
  public var weight: Tensor

  /// What edits y; nil in ReFT.
  public var edit: (any MapEdit)?

  /// W as the product reads it, if it was packed; of no use once the weight is another.
  private var packed: PackedMatrix?

  public init(weight: Tensor) { self.weight = weight }

  /// Copies the weight to where products are fastest, for a layer that stays frozen: of what passes
  /// through it nothing is kept any more for a gradient of the weight.
  mutating func pack(_ isFrozen: Bool) { packed = isFrozen ? PackedMatrix(weight) : nil }

  /// Normal with deviation scale / √in: at scale 1, inputs of size one give outputs of size one.
  public init(
    from input: Int, to output: Int, scale: Double = 1, using stream: inout RandomStream
  ) {
    weight = .gaussian(
      rows: output, columns: input, deviation: scale / Double(input).squareRoot(), using: &stream)
  }

  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try visit(path + "weight", &weight)
    try edit?.walk(path, visit)
  }

  /// What `backward` needs: dW pairs every dy with the x that it belongs to. Keeping x copies
  /// nothing, because arrays are copied on write. nil in a packed layer, which needs none.
  public struct Cache: Sendable {
    let x: Tensor?
    let edit: [Tensor]
  }

  /// y = x · Wᵀ. Traps unless x has as many columns as W.
  public func forward(_ x: Tensor, threads: Int = 1) -> (y: Tensor, cache: Cache) {
    let keepsNothing = packed?.source == weight
    let (y, kept) = edit.forward(
      matmul(x, transposed: weight, packed, threads: threads), from: x)
    return (y, Cache(x: keepsNothing ? nil : x, edit: kept))
  }

  /// Returns dx, and adds dW to `gradient`, unless the layer is frozen.
  ///
  /// yᵢₒ = Σⱼ xᵢⱼ Wₒⱼ. So xᵢⱼ reaches the loss through every output o of its own row, which sums
  /// dyᵢₒ Wₒⱼ over o, and Wₒⱼ through output o of every row, which sums dyᵢₒ xᵢⱼ over i.
  public func backward(_ dy: Tensor, _ cache: Cache, into gradient: inout Linear) -> Tensor {
    let (dy, dxOfEdit) = edit.backward(dy, cache.edit, into: &gradient.edit)
    if !gradient.weight.isEmpty {
      guard let x = cache.x else {
        preconditionFailure("Linear: a gradient is asked of a packed layer, which is frozen")
      }
      addMatmul(transposed: dy, x, to: &gradient.weight)
    }
    let dx = matmul(dy, weight)
    return dxOfEdit.map { dx + $0 } ?? dx
  }
}

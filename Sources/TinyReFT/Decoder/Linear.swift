/// What is done to every tensor in turn, by its name.
public typealias TensorVisitor = (_ name: String, _ tensor: inout Tensor) throws -> Void

/// Anything that is made of named tensors: a layer, a decoder, a ReFT method.
///
/// There is one walk over the tensors, and everything that handles "all parameters" is written with
/// it: counting, loading, saving, the optimiser, the gradient check. A gradient is a value of the
/// same type, so that the walk over a layer and the walk over its gradient meet the same names in
/// the same order. A tensor that is frozen has no room in the gradient (`Tensor.none`): a backward
/// pass that finds no room computes nothing.
public protocol Parameterized: Sendable {
  /// Shows `visit` every tensor in place, always in the same order, under `path` and its own name.
  mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows
}

extension Parameterized {
  /// Every tensor with its name, in the order of the walk.
  public var parameters: [(name: String, tensor: Tensor)] {
    var (copy, all) = (self, [(name: String, tensor: Tensor)]())
    copy.walk("") { name, tensor in all.append((name, tensor)) }
    return all
  }

  /// How many numbers the tensors hold together.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.tensor.count } }

  /// The same thing with every number zero: a gradient to which `backward` can add.
  var zeroed: Self {
    var copy = self
    copy.walk("") { _, tensor in tensor = .zeros(like: tensor) }
    return copy
  }

  /// The same thing without its tensors: the gradient of what is frozen.
  public var frozen: Self {
    var copy = self
    copy.walk("") { _, tensor in tensor = .none }
    return copy
  }

  /// self ← self + other, tensor by tensor: how the gradients of the shards become one. Traps
  /// unless both are made of the same tensors.
  public mutating func add(_ other: Self) {
    var rest = other.parameters[...]
    walk("") { name, tensor in
      guard let next = rest.popFirst(), next.name == name else {
        preconditionFailure("add: the other side has no \(name) here")
      }
      tensor += next.tensor
    }
    precondition(rest.isEmpty, "add: this side has no \(rest.first?.name ?? "")")
  }

  /// Multiplies every number by `factor`.
  mutating func scale(by factor: Scalar) {
    walk("") { _, tensor in tensor = factor * tensor }
  }

  /// √Σ g², over all tensors together, summed in Double.
  var norm: Double {
    parameters.reduce(0) { $0 + $1.tensor.dot($1.tensor) }.squareRoot()
  }
}

/// A matrix of weights: every output is a weighted sum of the inputs.
///
/// Here and in every file dy is ∂loss/∂y, and fᵀ(dy) is what f's backward pass makes of it.
///
///     forward    y  = x · Wᵀ
///     backward   dx = dy · W
///                dW = dyᵀ · x
///
///     shapes     x, dx: [n, in]     y, dy: [n, out]     W, dW: [out, in]
///     paper      Rumelhart, Hinton & Williams 1986, "Learning representations by back-propagating
///                errors", Nature 323, 533–536
///     differs    no bias: Llama's layers have none
struct Linear: Parameterized {
  /// W, [out, in], stored as Hugging Face stores it.
  var weight: Tensor

  /// What edits y, as LoRA does; nil in ReFT, and then y and dy go by as they are (MapEdit.swift).
  var attached: (any MapEdit)?

  /// W as the product reads it, if it was packed; of no use once the weight is another.
  private var packed: PackedMatrix?

  init(weight: Tensor) { self.weight = weight }

  /// Copies the weight to where products are fastest, for a layer that stays frozen: of what passes
  /// through it nothing is kept any more for a gradient of the weight.
  mutating func pack(_ isFrozen: Bool) { packed = isFrozen ? PackedMatrix(weight) : nil }

  /// Normal with deviation scale / √in: at scale 1, inputs of size one give outputs of size one.
  init(
    from input: Int, to output: Int, scale: Double = 1, using stream: inout RandomStream
  ) {
    weight = .gaussian(
      rows: output, columns: input, deviation: scale / Double(input).squareRoot(), using: &stream)
  }

  mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try visit(path + "weight", &weight)
    try attached?.walk(path, visit)
  }

  /// What `backward` needs: dW pairs every dy with the x that it belongs to. Keeping x copies
  /// nothing, because arrays are copied on write. nil in a packed layer, which needs none.
  struct Cache: Sendable {
    let x: Tensor?
    let attached: [Tensor]
  }

  /// y = x · Wᵀ. Traps unless x has as many columns as W.
  func forward(_ x: Tensor) -> (y: Tensor, cache: Cache) {
    // A packed copy is out of date once the weight is another. While both are the same array, this
    // compares two addresses.
    let keepsNothing = packed?.source == weight
    let (y, kept) = attached.forward(matmul(x, transposed: weight, packed), from: x)
    return (y, Cache(x: keepsNothing ? nil : x, attached: kept))
  }

  /// Returns dx, and adds dW to `gradient`, unless the layer is frozen.
  ///
  /// yᵢₒ = Σⱼ xᵢⱼ Wₒⱼ. So xᵢⱼ reaches the loss through every output o of its own row, which sums
  /// dyᵢₒ Wₒⱼ over o, and Wₒⱼ through output o of every row, which sums dyᵢₒ xᵢⱼ over i.
  func backward(_ dy: Tensor, _ cache: Cache, into gradient: inout Linear) -> Tensor {
    let (dy, dxOfAttached) = attached.backward(dy, cache.attached, into: &gradient.attached)
    if !gradient.weight.isEmpty {
      guard let x = cache.x else {
        preconditionFailure("Linear: a gradient is asked of a packed layer, which is frozen")
      }
      addMatmul(transposed: dy, x, to: &gradient.weight)
    }
    let dx = matmul(dy, weight)
    return dxOfAttached.map { dx + $0 } ?? dx
  }
}

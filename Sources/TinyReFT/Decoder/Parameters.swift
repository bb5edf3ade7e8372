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
  public var zeroed: Self {
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
  public mutating func scale(by factor: Scalar) {
    walk("") { _, tensor in tensor = factor * tensor }
  }

  /// √Σ g², over all tensors together, summed in Double.
  public var norm: Double {
    parameters.reduce(0) { $0 + $1.tensor.dot($1.tensor) }.squareRoot()
  }
}

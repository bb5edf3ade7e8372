/// A model of which the walk shows only what learns: weights of the base that the adaptation names,
/// under their own names, and then its own tensors. What is counted, saved and loaded of a run.
public struct Trained<A: Adaptation>: Parameterized {
  public private(set) var model: AdaptedDecoder<A>

  public init(_ model: AdaptedDecoder<A>) { self.model = model }

  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    let adaptation = model.adaptation
    try model.decoder.walk("") { name, weight in
      if adaptation.learns(name) { try visit(path + name, &weight) }
    }
    try model.adaptation.walk(path, visit)
  }
}

extension AdaptedDecoder {
  /// What learns, by name.
  public var trainedParameters: [(name: String, tensor: Tensor)] { Trained(self).parameters }

  /// How many numbers learn.
  public var trainedCount: Int { Trained(self).parameterCount }
}

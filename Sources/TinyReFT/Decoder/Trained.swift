/// A model of which the walk shows only what learns, by the names that files have for it: of the decoder
/// what `learned` names, and then the adaptation. What is counted, saved and loaded of a run.
struct Trained<A: Adaptation>: Parameterized {
  var model: AdaptedDecoder<A>

  init(_ model: AdaptedDecoder<A>) { self.model = model }

  mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    let learned = model.learned
    try model.decoder.walk("") { name, weight in
      if let file = learned[name] { try visit(path + file, &weight) }
    }
    try model.adaptation.walk(path, visit)
  }
}

extension AdaptedDecoder {
  /// Only what was added learns: the gradient to start from when the base is frozen.
  public var adaptationOnly: AdaptedDecoder {
    var gradient = self
    (gradient.adaptation, gradient.classifier) = (adaptation.zeroed, classifier?.zeroed)
    gradient.decoder.walk("") { name, weight in
      weight = learned[name] == nil ? .none : .zeros(like: weight)
    }
    return gradient
  }

  /// Of a gradient: whether it has room for the base's own weights.
  var learnsBase: Bool { decoder.bare.parameterCount > 0 }

  /// What learns, by name.
  var trainedParameters: [(name: String, tensor: Tensor)] { Trained(self).parameters }

  /// How many numbers learn.
  public var trainedCount: Int { Trained(self).parameterCount }
}

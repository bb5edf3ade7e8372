extension RivalConfiguration {
  /// Throws what is wrong with using this on a decoder of these sizes.
  public func check(
    against decoder: DecoderConfiguration
  ) throws(Refusal) -> any Rival.Type {
    guard let rival = Rivals.all.first(where: { $0.method == method }) else {
      let all = ReFTConfiguration.methods.map { $0.method } + Rivals.all.map { $0.method }
      throw Refusal(
        "there is no method \(quoted(method))", "use \(all.joined(separator: ", "))")
    }
    guard (1...Self.largestSize).contains(size) else {
      throw Refusal("a size of \(size) is not within 1 … \(Self.largestSize)")
    }
    let scale = Float(alpha / Double(size))
    guard scale.isFinite, scale > 0 else {
      throw Refusal("alpha is \(alpha)", "alpha / rank has to be a float32 above 0")
    }
    guard !maps.isEmpty, Set(maps).count == maps.count else {
      throw Refusal("name at least one matrix, and each once")
    }
    guard !layers.isEmpty, Set(layers).count == layers.count else {
      throw Refusal("name at least one layer, and each once")
    }
    for layer in layers where !(0..<decoder.layerCount).contains(layer) {
      throw .noLayer(layer, of: decoder.layerCount)
    }
    let count = rival.parameterCount(self, for: decoder)
    guard count <= max(decoder.parameterCount, 10_000_000) else {
      throw Refusal(
        "it would train \(count) numbers, and the base has \(decoder.parameterCount)",
        "use a smaller rank")
    }
    return rival
  }

  /// Beyond any use, and small enough that its tensors can be made.
  static let largestSize = 65_536
}

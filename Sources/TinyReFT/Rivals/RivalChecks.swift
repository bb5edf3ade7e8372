extension RivalConfiguration {
  /// Throws what is wrong with using this on a decoder of these sizes.
  public func check(
    against decoder: DecoderConfiguration
  ) throws(RivalConfigurationError) -> any Rival.Type {
    guard let rival = Rivals.all.first(where: { $0.method == method }) else {
      throw .unknownMethod(method)
    }
    guard (1...Self.largestSize).contains(size) else { throw .sizeOutOfRange(size) }
    let scale = Float(alpha / Double(size))
    guard scale.isFinite, scale > 0 else { throw .alpha(alpha) }
    guard !maps.isEmpty, Set(maps).count == maps.count else { throw .maps }
    guard !layers.isEmpty, Set(layers).count == layers.count else { throw .layers }
    for layer in layers where !(0..<decoder.layerCount).contains(layer) {
      throw .layerOutOfRange(layer, layerCount: decoder.layerCount)
    }
    let count = rival.parameterCount(self, for: decoder)
    guard count <= max(decoder.parameterCount, 10_000_000) else {
      throw .tooLarge(parameters: count, base: decoder.parameterCount)
    }
    return rival
  }

  /// Beyond any use, and small enough that its tensors can be made.
  static let largestSize = 65_536
}

/// Why a rival cannot be made.
public enum RivalConfigurationError: Error, Equatable, CustomStringConvertible {
  case unknownMethod(String)
  case sizeOutOfRange(Int)
  case alpha(Double)
  /// None, or one twice.
  case maps
  case layers
  case layerOutOfRange(Int, layerCount: Int)
  /// More numbers than the base has.
  case tooLarge(parameters: Int, base: Int)

  public var description: String {
    switch self {
    case .unknownMethod(let method):
      "there is no method \(quoted(method)); use "
        + (ReFTConfiguration.methods.map { $0.method } + Methods.rivals.map { $0.method })
        .joined(separator: ", ")
    case .sizeOutOfRange(let size): "a size of \(size) is not within 1 … 65536"
    case .alpha(let alpha): "alpha is \(alpha); alpha / rank has to be a float32 above 0"
    case .tooLarge(let parameters, let base):
      "it would train \(parameters) numbers, and the base has \(base); use a smaller rank"
    case .maps: "name at least one matrix, and each once"
    case .layers: "name at least one layer, and each once"
    case .layerOutOfRange(let layer, let count):
      "there is no layer \(layer); the base's layers are 0 … \(count - 1)"
    }
  }
}

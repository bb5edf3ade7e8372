/// A method that adapts the same frozen decoder in another way than ReFT: at every token.
public protocol Rival: Adaptation {
  /// What files and the command call it: Hugging Face peft's name where it has one.
  static var method: String { get }

  /// Which parts of a configuration mean something to it.
  static var choices: Set<RivalChoice> { get }

  /// What the base is before training: nothing is changed yet, unless the method's card says so.
  init(_ configuration: RivalConfiguration, for base: Decoder, seed: UInt64)

  /// How many numbers learn on a base of these sizes, weights of its own among them, counted without
  /// making them.
  static func parameterCount(
    _ configuration: RivalConfiguration, for base: DecoderConfiguration
  ) -> Int

  /// The same, with what its backward pass takes for constants held at what they are now: the
  /// function of which its gradient is the gradient.
  var held: Self { get }
}

extension Rival {
  public static var choices: Set<RivalChoice> { [.size, .layers] }

  public var held: Self { self }
}

/// The parts of a configuration that some rivals have no use for.
public enum RivalChoice: Sendable { case size, alpha, maps, layers }

/// What a rival is made of, apart from its numbers.
public struct RivalConfiguration: Sendable, Equatable {
  /// The `method` of a `Rival`.
  public var method: String
  /// r of LoRA and DoRA, the bottleneck of an adapter, the virtual tokens of a prompt or prefix;
  /// without meaning where nothing can be chosen.
  public var size: Int
  /// α of LoRA, DoRA and the parallel adapter: what they add is scaled by α / r.
  public var alpha: Double
  /// The matrices that LoRA and DoRA adapt.
  public var maps: [BlockMap]
  /// Blocks that are adapted, from 0; without meaning to what acts before the first one, and to
  /// methods that say themselves which weights learn.
  public var layers: [Int]

  public init(
    method: String, size: Int, alpha: Double? = nil, maps: [BlockMap] = [.queries, .values],
    layers: [Int]
  ) {
    (self.method, self.size, self.maps, self.layers) = (method, size, maps, layers)
    self.alpha = alpha ?? Double(size)
  }

  /// `maps` in the order of a walk.
  var matrices: [BlockMap] { BlockMap.matrices.filter(maps.contains) }

  /// s = α / r. Traps unless r is at least one.
  var scale: Scalar {
    precondition(size > 0, "RivalConfiguration: \(method) of size \(size)")
    return Scalar(alpha / Double(size))
  }
}

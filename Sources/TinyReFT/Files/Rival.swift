/// A method that adapts the same frozen decoder in another way than ReFT: by edits that hang in it, or by
/// letting weights of its own learn.
public protocol Rival: Sendable {
  /// What files and the command call it: Hugging Face peft's name where it has one.
  static var method: String { get }

  /// Which parts of a configuration mean something to it.
  static var choices: Set<RivalChoice> { get }

  /// Hangs its edits in the decoder, as they begin. Returns what learns: names in the decoder's walk, and
  /// what files call them. Nothing is changed yet by them, unless the method's card says so.
  static func attach(
    _ configuration: RivalConfiguration, to decoder: inout Decoder, seed: UInt64
  ) -> [String: String]

  /// How many numbers learn on a base of these sizes, counted without making them.
  static func parameterCount(
    _ configuration: RivalConfiguration, for base: DecoderConfiguration
  ) -> Int

  /// The decoder that it hangs in, with what its backward pass takes for constants held at what they are
  /// now: the function of which its gradient is the gradient.
  static func held(_ adapted: Decoder) -> Decoder
}

extension Rival {
  public static var choices: Set<RivalChoice> { [.size, .layers] }

  public static func held(_ adapted: Decoder) -> Decoder { adapted }
}

/// A base with a rival hanging in it, as it begins.
public struct AdaptedBase: Sendable {
  public var decoder: Decoder
  /// See `AdaptedDecoder.learned`.
  public let learned: [String: String]

  public init(_ rival: any Rival.Type, _ c: RivalConfiguration, of base: Decoder, seed: UInt64) {
    decoder = base
    learned = rival.attach(c, to: &decoder, seed: seed)
  }

  /// Nothing else adapts it.
  public var model: AdaptedDecoder<Unadapted> {
    AdaptedDecoder(decoder, Unadapted(), learned: learned)
  }
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
  var matrices: [BlockMap] { BlockMap.allCases.filter(maps.contains) }

  /// s = α / r. Traps unless r is at least one.
  var scale: Scalar {
    precondition(size > 0, "RivalConfiguration: \(method) of size \(size)")
    return Scalar(alpha / Double(size))
  }
}

/// The seven matrices of a block, by the names that Hugging Face gives them.
public enum BlockMap: String, Sendable, CaseIterable {
  case queries = "q_proj"
  case keys = "k_proj"
  case values = "v_proj"
  case output = "o_proj"
  case gate = "gate_proj"
  case up = "up_proj"
  case down = "down_proj"

  fileprivate var place: WritableKeyPath<Block, Linear> & Sendable {
    Block.matrices[Self.allCases.firstIndex(of: self) ?? 0]
  }
}

extension Block {
  /// One of the seven matrices.
  subscript(map: BlockMap) -> Linear {
    get { self[keyPath: map.place] }
    set { self[keyPath: map.place] = newValue }
  }
}

extension DecoderConfiguration {
  /// The shape of one of the seven matrices, [out, in].
  func shape(of map: BlockMap) -> [Int] { shape(of: "\(map.rawValue).weight") }
}

/// A method that adapts the same frozen decoder in another way than ReFT: at every token.
///
///     read       docs/70-rivals.md
///     check      Tests/TinyReFTTests/Rivals/RivalTests.swift
public protocol Rival: Adaptation {
  /// What files and the command call it: Hugging Face peft's name where it has one.
  static var method: String { get }

  /// What the base is before training: nothing is changed yet, unless the method's card says so.
  init(_ configuration: RivalConfiguration, for base: Decoder, seed: UInt64)

  /// How many numbers it has on a base of these sizes, counted without making them.
  static func parameterCount(
    _ configuration: RivalConfiguration, for base: DecoderConfiguration
  ) -> Int

  /// The same, with what its backward pass takes for constants held at what they are now: the
  /// function of which its gradient is the gradient.
  var held: Self { get }
}

extension Rival {
  public var held: Self { self }
}

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
  /// Blocks that are adapted, from 0.
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

extension DecoderConfiguration {
  /// The shape of one of the seven matrices, [out, in].
  func shape(of map: BlockMap) -> [Int] { shape(of: "\(map.path).weight") }
}

/// What a rival adds to one block.
public protocol RivalPart: BlockAdaptation {
  static var method: String { get }

  init(
    _ configuration: RivalConfiguration, for block: Block, using stream: inout RandomStream)

  /// How many numbers it has in one block of such a base.
  static func parameterCount(
    _ configuration: RivalConfiguration, inBlockOf base: DecoderConfiguration
  ) -> Int

  /// As `Rival.held`.
  var held: Self { get }
}

extension RivalPart {
  public var held: Self { self }
}

/// One part in each adapted block.
public struct BlockRival<Part: RivalPart>: Rival {
  public typealias Cache = Void

  public static var method: String { Part.method }

  /// In the order of their layers.
  private(set) var parts: [(layer: Int, part: Part)]

  public init(_ configuration: RivalConfiguration, for base: Decoder, seed: UInt64) {
    // "riva": not the numbers that the base began with.
    var stream = RandomStream(seed: seed, 0x7269_7661)
    parts = configuration.layers.sorted().map { layer in
      (layer, Part(configuration, for: base.blocks[layer], using: &stream))
    }
  }

  public static func parameterCount(
    _ configuration: RivalConfiguration, for base: DecoderConfiguration
  ) -> Int {
    configuration.layers.count * Part.parameterCount(configuration, inBlockOf: base)
  }

  public var held: BlockRival {
    var copy = self
    for i in parts.indices { copy.parts[i].part = parts[i].part.held }
    return copy
  }

  /// The names are peft's.
  public mutating func walk(
    _ path: String, _ visit: (String, inout Tensor) throws -> Void
  ) rethrows {
    for i in parts.indices {
      try parts[i].part.walk(
        path + "base_model.model.model.layers.\(parts[i].layer).", visit)
    }
  }

  public subscript(insideBlock layer: Int) -> Part? {
    get { parts.first { $0.layer == layer }?.part }
    set {
      guard let newValue, let i = parts.firstIndex(where: { $0.layer == layer }) else { return }
      parts[i].part = newValue
    }
  }

  /// The block of the lowest part is the first that makes anything else.
  public var fixedBlockCount: Int { parts.first?.layer ?? 0 }

  public var prefixLength: Int { parts.first?.part.prefix?.keys.rows ?? 0 }

  public func forward(
    _ h: consuming Tensor, afterBlock layer: Int, of batch: Batch
  ) -> (h: Tensor, cache: Void) { (h, ()) }

  public func backward(
    _ dh: consuming Tensor, _ cache: Void, afterBlock layer: Int, into gradient: inout BlockRival
  ) -> Tensor { dh }
}

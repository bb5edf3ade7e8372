/// What a rival adds to one block.
public protocol RivalPart: BlockAdaptation {
  static var method: String { get }

  /// As `Rival.choices`.
  static var choices: Set<RivalChoice> { get }

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
  public static var choices: Set<RivalChoice> { [.size, .layers] }

  public var held: Self { self }
}

/// One part in each adapted block.
public struct BlockRival<Part: RivalPart>: Rival {
  public typealias Cache = Void

  public static var method: String { Part.method }

  public static var choices: Set<RivalChoice> { Part.choices }

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
  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
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
}

extension DecoderConfiguration {
  /// The shape of one of the seven matrices, [out, in].
  func shape(of map: BlockMap) -> [Int] { shape(of: "\(map.path).weight") }
}

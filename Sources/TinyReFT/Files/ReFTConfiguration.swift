/// What a ReFT method is made of, apart from its numbers: what flags choose and `reft.json` records.
public struct ReFTConfiguration: Sendable, Equatable {
  /// The `method` of an `InterventionFunction`.
  public var method: String
  public var rank: Int
  /// Blocks that are edited, from 0.
  public var layers: [Int]
  public var positions: Positions
  public var sharing: Sharing
  /// d of the decoder that is adapted.
  public var hiddenSize: Int

  public init(
    method: String, rank: Int, layers: [Int], positions: Positions, sharing: Sharing,
    hiddenSize: Int
  ) {
    (self.method, self.rank, self.layers) = (method, rank, layers)
    (self.positions, self.sharing, self.hiddenSize) = (positions, sharing, hiddenSize)
  }

  /// Every Φ that can be trained; its `method` is the name that users write.
  public static let methods: [any InterventionFunction.Type] = [
    LoReFT.self, DiReFT.self, NoReFT.self, ConsReFT.self, LobiReFT.self, OrthonormalDiReFT.self,
  ]

  /// Throws what is wrong with using this on a decoder of these sizes.
  public func check(
    against decoder: DecoderConfiguration
  ) throws(Refusal) -> any InterventionFunction.Type {
    guard let phi = Self.methods.first(where: { $0.method == method }) else {
      throw Refusal(
        "there is no method \(quoted(method))",
        "use one of \(Self.methods.map { $0.method }.joined(separator: ", "))")
    }
    guard hiddenSize == decoder.hiddenSize else {
      throw .otherWidth(hiddenSize, decoder: decoder.hiddenSize)
    }
    guard (1...hiddenSize).contains(rank) else {
      throw Refusal(
        "rank \(rank) is not within 1 … \(hiddenSize), the width of the base's hidden states")
    }
    guard !layers.isEmpty else {
      throw Refusal("no layer is edited", "name at least one")
    }
    for (i, layer) in layers.enumerated() {
      guard (0..<decoder.layerCount).contains(layer) else {
        throw .noLayer(layer, of: decoder.layerCount)
      }
      // The same layer twice would edit the same positions twice (definition 3.2).
      guard !layers[..<i].contains(layer) else {
        throw Refusal("layer \(layer) is named twice", "name it once")
      }
    }
    if case .ends(let prefix, let suffix) = positions,
      max(prefix, suffix) > decoder.contextLength
    {
      throw Refusal(
        "\(positions) edits more tokens than a prompt can have",
        "the base reads at most \(decoder.contextLength)")
    }
    guard sharing.groupCount(of: positions) > 0 else {
      throw Refusal(
        "sharing by position needs a fixed number of positions, not \"all\" or \"every\"",
        "use positions such as f2+l2, or share by layer")
    }
    return phi
  }
}

extension Refusal {
  /// It was trained on vectors of another width.
  static func otherWidth(_ width: Int, decoder: Int) -> Refusal {
    Refusal(
      "the interventions are made for hidden size \(width), but the base has \(decoder)",
      "use the base they were trained on")
  }

  static func noLayer(_ layer: Int, of count: Int) -> Refusal {
    Refusal("there is no layer \(layer)", "the base's layers are 0 … \(count - 1)")
  }
}

extension ReFT {
  /// A new method as configured, which `check(against:)` has passed.
  public init(_ c: ReFTConfiguration, start: Start, seed: UInt64) {
    self.init(
      rank: c.rank, width: c.hiddenSize, layers: c.layers, positions: c.positions,
      sharing: c.sharing, start: start, seed: seed)
  }
}

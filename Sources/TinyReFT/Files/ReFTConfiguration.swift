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
  ) throws(ReFTConfigurationError) -> any InterventionFunction.Type {
    guard let phi = Self.methods.first(where: { $0.method == method }) else {
      throw .unknownMethod(method)
    }
    guard hiddenSize == decoder.hiddenSize else {
      throw .otherWidth(hiddenSize, decoder: decoder.hiddenSize)
    }
    guard (1...hiddenSize).contains(rank) else { throw .rankOutOfRange(rank, width: hiddenSize) }
    guard !layers.isEmpty else { throw .noLayers }
    for (i, layer) in layers.enumerated() {
      guard (0..<decoder.layerCount).contains(layer) else {
        throw .layerOutOfRange(layer, layerCount: decoder.layerCount)
      }
      guard !layers[..<i].contains(layer) else { throw .repeatedLayer(layer) }
    }
    if case .ends(let prefix, let suffix) = positions,
      max(prefix, suffix) > decoder.contextLength
    {
      throw .tooManyPositions(positions, context: decoder.contextLength)
    }
    guard sharing.groupCount(of: positions) > 0 else { throw .countlessPositions }
    return phi
  }
}

/// Why a ReFT method cannot be made.
public enum ReFTConfigurationError: Error, Equatable, CustomStringConvertible {
  /// No Φ is called that.
  case unknownMethod(String)
  /// The interventions were trained on vectors of another width.
  case otherWidth(Int, decoder: Int)
  /// Rank 0, or more orthonormal rows than there are dimensions.
  case rankOutOfRange(Int, width: Int)
  case noLayers
  case layerOutOfRange(Int, layerCount: Int)
  /// The same layer twice would edit the same positions twice (definition 3.2).
  case repeatedLayer(Int)
  /// More positions at one end than a prompt can have.
  case tooManyPositions(Positions, context: Int)
  /// One Φ for each position, of all positions of any prompt.
  case countlessPositions

  public var description: String {
    switch self {
    case .unknownMethod(let method):
      "there is no method \(quoted(method)); use one of "
        + ReFTConfiguration.methods.map { $0.method }.joined(separator: ", ")
    case .otherWidth(let width, let decoder):
      "the interventions are made for hidden size \(width), but the base has \(decoder); "
        + "use the base they were trained on"
    case .rankOutOfRange(let rank, let width):
      "rank \(rank) is not within 1 … \(width), the width of the base's hidden states"
    case .noLayers: "no layer is edited; name at least one"
    case .layerOutOfRange(let layer, let count):
      "there is no layer \(layer); the base's layers are 0 … \(count - 1)"
    case .repeatedLayer(let layer): "layer \(layer) is named twice; name it once"
    case .tooManyPositions(let positions, let context):
      "\(positions) edits more tokens than a prompt can have; the base reads at most \(context)"
    case .countlessPositions:
      "sharing by position needs a fixed number of positions, not \"all\" or \"every\"; "
        + "use positions such as f2+l2, or share by layer"
    }
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

@testable import TinyReFT

/// A decoder small enough that every number of it is checked, and texts for it.
enum SmallDecoder {
  static let configuration = DecoderConfiguration(
    vocabularySize: 11, hiddenSize: 6, layerCount: 3, headCount: 4, keyValueHeadCount: 2,
    headWidth: 2, feedForwardSize: 5, contextLength: 32)

  static let examples = [
    TokenSequence(tokens: [1, 2, 3, 4, 5, 6, 7], promptLength: 4),
    TokenSequence(tokens: [8, 9, 10], promptLength: 1),
    TokenSequence(tokens: [0, 3, 3, 1, 2], promptLength: 3),
  ]

  static let base = Decoder(configuration, seed: 7)

  /// The decoder with a rival hanging in it, as it begins.
  static func model(
    _ rival: any Rival.Type, layers: [Int] = [0, 1, 2], maps: [BlockMap] = BlockMap.allCases
  ) -> AdaptedDecoder<Unadapted> {
    let c = RivalConfiguration(
      method: rival.method, size: 2, alpha: 3, maps: maps, layers: layers)
    return AdaptedBase(rival, c, of: base, seed: 1).model
  }

  /// The same with every trained number moved, so that nothing is zero by its start alone.
  static func moved(
    _ rival: any Rival.Type, layers: [Int] = [0, 1, 2]
  ) -> AdaptedDecoder<Unadapted> {
    var trained = Trained(model(rival, layers: layers))
    var stream = RandomStream(seed: 9)
    trained.walk("") { _, tensor in
      tensor += .uniform(
        rows: tensor.rows, columns: tensor.columns, bound: 0.5, using: &stream)
    }
    return trained.model
  }
}

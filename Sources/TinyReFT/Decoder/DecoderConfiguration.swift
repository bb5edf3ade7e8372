/// The sizes of a decoder: what `config.json` says.
///
///     units      sizes in elements, lengths in tokens
public struct DecoderConfiguration: Sendable, Equatable {
  /// V, how many tokens there are.
  public var vocabularySize: Int
  /// d, the width of the residual stream.
  public var hiddenSize: Int
  public var layerCount: Int
  /// H, how many heads ask.
  public var headCount: Int
  /// G, how many keys and values they share; divides `headCount`.
  public var keyValueHeadCount: Int
  /// w, the width of a head; even.
  public var headWidth: Int
  /// f, the width inside SwiGLU.
  public var feedForwardSize: Int
  /// How many tokens a sequence may have.
  public var contextLength: Int
  /// θ of the rotary embedding.
  var rotaryBase: Double
  /// How Llama 3 slows its turns down; nil for every other.
  var rotaryScaling: RotaryScaling?
  /// ε of every RMSNorm.
  var normEpsilon: Scalar
  /// Whether the way out uses the matrix of the way in.
  var tiesEmbeddings: Bool

  init(
    vocabularySize: Int, hiddenSize: Int, layerCount: Int, headCount: Int,
    keyValueHeadCount: Int? = nil, headWidth: Int? = nil, feedForwardSize: Int,
    contextLength: Int, rotaryBase: Double = 10_000, rotaryScaling: RotaryScaling? = nil,
    normEpsilon: Scalar = 1e-5, tiesEmbeddings: Bool = true
  ) {
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.layerCount = layerCount
    self.headCount = headCount
    self.keyValueHeadCount = keyValueHeadCount ?? headCount
    self.headWidth = headWidth ?? hiddenSize / headCount
    self.feedForwardSize = feedForwardSize
    self.contextLength = contextLength
    self.rotaryBase = rotaryBase
    self.rotaryScaling = rotaryScaling
    self.normEpsilon = normEpsilon
    self.tiesEmbeddings = tiesEmbeddings
  }

  /// How many numbers the weights hold together.
  public var parameterCount: Int {
    let (d, inner, grouped) = (hiddenSize, headCount * headWidth, keyValueHeadCount * headWidth)
    let block = 2 * d * inner + 2 * d * grouped + 3 * d * feedForwardSize + 2 * d
    return (tiesEmbeddings ? 1 : 2) * vocabularySize * d + layerCount * block + d
  }
}

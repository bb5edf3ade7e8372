import Foundation

/// `config.json` of a Hugging Face directory, as far as a decoder needs it.
///
///     format     JSON with transformers' names and defaults; the main sizes must be there
///     differs    `rope_parameters`, of newer transformers, may stand for rope_theta and rope_scaling
struct LlamaConfiguration: Codable, Equatable {
  static let file = "config.json"

  var architectures: [String]?
  var modelType: String?
  var vocabSize: Int
  var hiddenSize: Int
  var intermediateSize: Int
  var numHiddenLayers: Int
  var numAttentionHeads: Int
  var numKeyValueHeads: Int?
  var headDim: Int?
  var maxPositionEmbeddings: Int?
  var ropeTheta: Double?
  var ropeScaling: Rope?
  var ropeParameters: Rope?
  var partialRotaryFactor: Double?
  var rmsNormEps: Double?
  var tieWordEmbeddings: Bool?
  var hiddenAct: String?
  var attentionBias: Bool?
  var mlpBias: Bool?
  var quantizationConfig: Quantization?
  var bosTokenId: TokenIDs?
  var eosTokenId: TokenIDs?
  var torchDtype: String?

  /// How the rotary embedding is scaled. The type was called `type` before.
  struct Rope: Codable, Equatable {
    var ropeType: String?
    var type: String?
    var ropeTheta: Double?
    var factor: Double?
    var lowFreqFactor: Double?
    var highFreqFactor: Double?
    var originalMaxPositionEmbeddings: Int?
    var partialRotaryFactor: Double?

    enum CodingKeys: String, CodingKey {
      case type, factor
      case ropeType = "rope_type"
      case ropeTheta = "rope_theta"
      case lowFreqFactor = "low_freq_factor"
      case highFreqFactor = "high_freq_factor"
      case originalMaxPositionEmbeddings = "original_max_position_embeddings"
      case partialRotaryFactor = "partial_rotary_factor"
    }
  }

  /// Only that it is there, and how it calls itself.
  struct Quantization: Codable, Equatable {
    var method: String?
    enum CodingKeys: String, CodingKey { case method = "quant_method" }
  }

  enum CodingKeys: String, CodingKey {
    case architectures
    case modelType = "model_type"
    case vocabSize = "vocab_size"
    case hiddenSize = "hidden_size"
    case intermediateSize = "intermediate_size"
    case numHiddenLayers = "num_hidden_layers"
    case numAttentionHeads = "num_attention_heads"
    case numKeyValueHeads = "num_key_value_heads"
    case headDim = "head_dim"
    case maxPositionEmbeddings = "max_position_embeddings"
    case ropeTheta = "rope_theta"
    case ropeScaling = "rope_scaling"
    case ropeParameters = "rope_parameters"
    case partialRotaryFactor = "partial_rotary_factor"
    case rmsNormEps = "rms_norm_eps"
    case tieWordEmbeddings = "tie_word_embeddings"
    case hiddenAct = "hidden_act"
    case attentionBias = "attention_bias"
    case mlpBias = "mlp_bias"
    case quantizationConfig = "quantization_config"
    case bosTokenId = "bos_token_id"
    case eosTokenId = "eos_token_id"
    case torchDtype = "torch_dtype"
  }

  init(_ base: BaseModel) {
    let c = base.decoder.configuration
    architectures = ["LlamaForCausalLM"]
    modelType = "llama"
    vocabSize = c.vocabularySize
    hiddenSize = c.hiddenSize
    intermediateSize = c.feedForwardSize
    numHiddenLayers = c.layerCount
    numAttentionHeads = c.headCount
    numKeyValueHeads = c.keyValueHeadCount
    headDim = c.headWidth
    maxPositionEmbeddings = c.contextLength
    ropeTheta = c.rotaryBase
    ropeScaling = c.rotaryScaling.map(Rope.init)
    // As short as it was written: Float's 1e-5 is not Double's.
    rmsNormEps = Double("\(c.normEpsilon)") ?? Double(c.normEpsilon)
    tieWordEmbeddings = c.tiesEmbeddings
    hiddenAct = "silu"
    attentionBias = false
    mlpBias = false
    bosTokenId = base.tokenizer.beginningOfText.map { TokenIDs(ids: [$0]) }
    eosTokenId = TokenIDs(ids: base.ends.sorted())
    torchDtype = "float32"
  }

  /// The sizes, and what ends a text.
  static func read(_ directory: URL) throws -> (decoder: DecoderConfiguration, ends: [Int]) {
    let url = directory.appending(path: file)
    let kind = try JSONText.read(ModelKind.self, from: url)
    do { try kind.check() } catch { throw CheckpointError(url, error) }
    let file = try JSONText.read(Self.self, from: url)
    do { return (try file.checked(), file.eosTokenId?.ids ?? []) } catch {
      throw CheckpointError(url, error)
    }
  }

  func write(_ directory: URL) throws {
    try JSONText.write(self, to: directory.appending(path: Self.file))
  }
}

extension LlamaConfiguration.Rope {
  init(_ scaling: RotaryScaling) {
    ropeType = "llama3"
    factor = scaling.factor
    (lowFreqFactor, highFreqFactor) = (scaling.lowTurns, scaling.highTurns)
    originalMaxPositionEmbeddings = scaling.originalContextLength
  }
}

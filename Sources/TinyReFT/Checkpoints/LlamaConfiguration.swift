import Foundation

/// `config.json` of a Hugging Face directory, as far as a decoder needs it.
///
///     format     JSON with transformers' names; those with a default may be missing
///     read       docs/50-files.md
///     check      Tests/TinyReFTTests/Checkpoints/LlamaConfigurationTests.swift
struct LlamaConfiguration: Codable, Equatable {
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
  var ropeScaling: RopeScaling?
  /// Where newer versions of transformers keep θ and scaling.
  var ropeParameters: RopeScaling?
  var rmsNormEps: Double?
  var tieWordEmbeddings: Bool?
  var hiddenAct: String?
  var attentionBias: Bool?
  var mlpBias: Bool?
  var bosTokenId: Int?
  var eosTokenId: Int?
  var torchDtype: String?

  /// Only that it is there: no kind of it is supported yet.
  struct RopeScaling: Codable, Equatable {
    var ropeType: String?
    enum CodingKeys: String, CodingKey { case ropeType = "rope_type" }
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
    case rmsNormEps = "rms_norm_eps"
    case tieWordEmbeddings = "tie_word_embeddings"
    case hiddenAct = "hidden_act"
    case attentionBias = "attention_bias"
    case mlpBias = "mlp_bias"
    case bosTokenId = "bos_token_id"
    case eosTokenId = "eos_token_id"
    case torchDtype = "torch_dtype"
  }

  init(_ c: DecoderConfiguration, _ tokenizer: Tokenizer) {
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
    // As short as it was written: Float's 1e-5 is not Double's.
    rmsNormEps = Double("\(c.normEpsilon)") ?? Double(c.normEpsilon)
    tieWordEmbeddings = c.tiesEmbeddings
    hiddenAct = "silu"
    attentionBias = false
    mlpBias = false
    bosTokenId = tokenizer.beginningOfText
    eosTokenId = tokenizer.endOfText
    torchDtype = "float32"
  }

  static func read(_ directory: URL) throws -> DecoderConfiguration {
    let url = directory.appending(path: "config.json")
    let file = try JSONText.read(Self.self, from: url)
    do { return try file.decoderConfiguration() } catch { throw CheckpointError(url, error) }
  }

  func write(_ directory: URL) throws {
    try JSONText.write(self, to: directory.appending(path: "config.json"))
  }

  /// Refuses, by the name of the field, what this decoder would compute differently.
  private func decoderConfiguration() throws(CheckpointProblem) -> DecoderConfiguration {
    func accept(_ ok: Bool, _ field: CodingKeys, _ value: Any?, _ accepted: String)
      throws(CheckpointProblem)
    {
      if !ok {
        throw .unsupported(
          field: field.rawValue, value: value.map { "\($0)" } ?? "missing", accepted: accepted)
      }
    }
    let sizes: [(CodingKeys, Int?)] = [
      (.vocabSize, vocabSize), (.hiddenSize, hiddenSize), (.intermediateSize, intermediateSize),
      (.numHiddenLayers, numHiddenLayers), (.numAttentionHeads, numAttentionHeads),
      (.numKeyValueHeads, numKeyValueHeads), (.headDim, headDim),
      (.maxPositionEmbeddings, maxPositionEmbeddings),
    ]
    for case (let field, let size?) in sizes {
      // Large enough for any Llama, and so small that counting the parameters cannot overflow.
      let largest = field == .numHiddenLayers ? 1 << 16 : 1 << 20
      try accept((1...largest).contains(size), field, size, "1 … \(largest)")
    }
    let groups = numKeyValueHeads ?? numAttentionHeads
    let width = headDim ?? hiddenSize / numAttentionHeads
    try accept(modelType == nil || modelType == "llama", .modelType, modelType, "\"llama\"")
    try accept(
      numAttentionHeads % groups == 0, .numKeyValueHeads, groups,
      "a divisor of num_attention_heads, \(numAttentionHeads)")
    try accept(
      headDim != nil || hiddenSize % numAttentionHeads == 0, .numAttentionHeads,
      numAttentionHeads, "a divisor of hidden_size, \(hiddenSize), or an explicit head_dim")
    try accept(width % 2 == 0 && width > 0, .headDim, width, "even numbers")
    try accept(
      width * numAttentionHeads <= 1 << 20, .headDim, width,
      "at most \(1 << 20) divided by num_attention_heads")
    try accept(hiddenAct == nil || hiddenAct == "silu", .hiddenAct, hiddenAct, "\"silu\"")
    try accept(attentionBias != true, .attentionBias, attentionBias, "false")
    try accept(mlpBias != true, .mlpBias, mlpBias, "false")
    try accept(ropeScaling == nil, .ropeScaling, "set", "null")
    try accept(ropeParameters == nil, .ropeParameters, "set", "null, and rope_theta beside it")
    let architecture = "LlamaForCausalLM"
    try accept(
      architectures?.contains(architecture) != false, .architectures, architectures,
      "\"\(architecture)\"")
    let (theta, epsilon) = (ropeTheta ?? 10_000, rmsNormEps ?? 1e-6)
    try accept(theta > 0 && theta.isFinite, .ropeTheta, theta, "numbers above 0")
    try accept(epsilon >= 0 && epsilon < 1, .rmsNormEps, epsilon, "numbers from 0 to 1")
    return DecoderConfiguration(
      vocabularySize: vocabSize, hiddenSize: hiddenSize, layerCount: numHiddenLayers,
      headCount: numAttentionHeads, keyValueHeadCount: groups, headWidth: width,
      feedForwardSize: intermediateSize, contextLength: maxPositionEmbeddings ?? 2048,
      rotaryBase: theta, normEpsilon: Scalar(epsilon),
      tiesEmbeddings: tieWordEmbeddings ?? false)
  }
}

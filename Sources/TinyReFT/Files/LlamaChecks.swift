/// What of a `config.json` this decoder computes, and what it refuses by the name of its field:
/// a step that is silently skipped would give other numbers, and no error.
///
///     differs    `pretraining_tp` above 1 cuts products into pieces and adds them up: the same
///                numbers, so it is not looked at
extension LlamaConfiguration {
  /// The sizes, checked, so that no product of them overflows.
  func checked() throws(CheckpointProblem) -> DecoderConfiguration {
    try checkKind()
    try checkSizes()
    let (theta, epsilon) = (try rotaryBase(), rmsNormEps ?? 1e-6)
    try accept(epsilon >= 0 && epsilon < 1, .rmsNormEps, epsilon, "numbers from 0 to 1")
    return DecoderConfiguration(
      vocabularySize: vocabSize, hiddenSize: hiddenSize, layerCount: numHiddenLayers,
      headCount: numAttentionHeads, keyValueHeadCount: numKeyValueHeads, headWidth: headDim,
      feedForwardSize: intermediateSize, contextLength: maxPositionEmbeddings ?? 2048,
      rotaryBase: theta, rotaryScaling: try rotaryScaling(), normEpsilon: Scalar(epsilon),
      tiesEmbeddings: tieWordEmbeddings ?? false)
  }

  private func accept(_ ok: Bool, _ field: CodingKeys, _ value: Any?, _ accepted: String)
    throws(CheckpointProblem)
  {
    try require(ok, field.rawValue, value, accepted)
  }

  private func checkKind() throws(CheckpointProblem) {
    try accept(
      quantizationConfig == nil, .quantizationConfig, quantizationConfig?.method ?? "set",
      "none; use the model in float32, float16 or bfloat16")
    try accept(hiddenAct == nil || hiddenAct == "silu", .hiddenAct, hiddenAct, "\"silu\"")
    try accept(attentionBias != true, .attentionBias, attentionBias, "false")
    try accept(mlpBias != true, .mlpBias, mlpBias, "false")
  }

  private func checkSizes() throws(CheckpointProblem) {
    let sizes: [(CodingKeys, Int?)] = [
      (.vocabSize, vocabSize), (.hiddenSize, hiddenSize), (.intermediateSize, intermediateSize),
      (.numHiddenLayers, numHiddenLayers), (.numAttentionHeads, numAttentionHeads),
      (.numKeyValueHeads, numKeyValueHeads), (.headDim, headDim),
      (.maxPositionEmbeddings, maxPositionEmbeddings),
    ]
    for case (let field, let size?) in sizes {
      // Large enough for any Llama, and so small that counting the parameters cannot overflow.
      let largest =
        switch field {
        case .numHiddenLayers: 1 << 10
        case .maxPositionEmbeddings: 1 << 30
        default: 1 << 20
        }
      try accept((1...largest).contains(size), field, size, "1 … \(largest)")
    }
    let groups = numKeyValueHeads ?? numAttentionHeads
    let width = headDim ?? hiddenSize / numAttentionHeads
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
  }

  // MARK: Rotary embedding

  private func rotaryBase() throws(CheckpointProblem) -> Double {
    let theta = ropeParameters?.ropeTheta ?? ropeTheta ?? 10_000
    try accept(
      ropeTheta == nil || ropeTheta == theta, .ropeTheta, ropeTheta,
      "that of rope_parameters, \(theta)")
    try accept(theta > 0 && theta.isFinite, .ropeTheta, theta, "numbers above 0")
    let part = partialRotaryFactor ?? ropeParameters?.partialRotaryFactor ?? 1
    try accept(part == 1, .partialRotaryFactor, part, "1, the whole head")
    return theta
  }

  private func rotaryScaling() throws(CheckpointProblem) -> RotaryScaling? {
    try accept(
      ropeScaling == nil || ropeParameters == nil, .ropeScaling, "set",
      "null beside rope_parameters")
    guard let rope = ropeScaling ?? ropeParameters else { return nil }
    let parent: CodingKeys = ropeScaling == nil ? .ropeParameters : .ropeScaling
    func field(_ key: Rope.CodingKeys) -> String { "\(parent.rawValue).\(key.rawValue)" }
    let type = rope.ropeType ?? rope.type
    try require(
      type == "default" || type == "llama3" || type == nil && rope.factor == nil, field(.ropeType),
      type, "\"default\" and \"llama3\"")
    guard type == "llama3" else { return nil }
    let (factor, context) = (rope.factor ?? 0, rope.originalMaxPositionEmbeddings ?? 0)
    let (low, high) = (rope.lowFreqFactor ?? 0, rope.highFreqFactor ?? 0)
    try require(
      factor >= 1 && factor.isFinite, field(.factor), rope.factor, "numbers of at least 1")
    try require(
      low > 0 && low.isFinite, field(.lowFreqFactor), rope.lowFreqFactor, "numbers above 0")
    try require(
      high > low && high.isFinite, field(.highFreqFactor), rope.highFreqFactor,
      "numbers above low_freq_factor")
    try require(
      (1...1 << 30).contains(context), field(.originalMaxPositionEmbeddings),
      rope.originalMaxPositionEmbeddings, "1 … \(1 << 30)")
    return RotaryScaling(
      factor: factor, lowTurns: low, highTurns: high, originalContextLength: context)
  }
}

/// The architecture that a `config.json` describes. It is asked for first: other models have other
/// names for their sizes, and would be said to lack ours.
struct ModelKind: Decodable {
  var modelType: String?
  var architectures: [String]?

  enum CodingKeys: String, CodingKey {
    case modelType = "model_type"
    case architectures
  }

  func check() throws(CheckpointProblem) {
    try require(modelType == nil || modelType == "llama", "model_type", modelType, "\"llama\"")
    let ours = "LlamaForCausalLM"
    try require(
      architectures?.contains(ours) != false, "architectures", architectures, "\"\(ours)\"")
  }
}

/// Throws unless a field is as it must be.
private func require(
  _ ok: Bool, _ field: String, _ value: Any?, _ accepted: String
) throws(CheckpointProblem) {
  guard !ok else { return }
  let text = (value as? [String])?.joined(separator: ", ") ?? value as? String
  let shown = text.map(quoted) ?? value.map { "\($0)" } ?? "missing"
  throw .unsupported(field: field, value: shown, accepted: accepted)
}

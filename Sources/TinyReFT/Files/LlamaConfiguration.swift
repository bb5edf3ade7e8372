import Foundation

/// `config.json` of a Hugging Face directory: what of it this decoder computes, and what it refuses by the
/// name of its field. A step that is silently skipped would give other numbers, and no error.
///
///     format     JSON with transformers' names and defaults; the main sizes must be there
///     differs    `rope_parameters`, of newer transformers, may stand for rope_theta and rope_scaling.
///                `pretraining_tp` above 1 cuts products into pieces and adds them up: the same numbers, so
///                it is not looked at
enum LlamaConfiguration {
  static let file = "config.json"

  /// `generation_config.json`: models that talk name there what ends their turn.
  static let generation = "generation_config.json"

  /// The sizes, checked, so that no product of them overflows; and what ends a text.
  static func read(
    _ directory: URL
  ) throws -> (decoder: DecoderConfiguration, ends: [Int]) {
    let config = try JSON.read(directory.appending(path: file))
    // Asked for first: other models have other names for their sizes, and would be said to lack ours.
    try checkKind(config)
    return (try decoder(config), try tokens(config["eos_token_id"]))
  }

  /// What generation_config.json names, if it is there. transformers takes it instead of config.json's;
  /// here both end a text.
  static func moreEnds(_ directory: URL) throws -> [Int] {
    let url = directory.appending(path: generation)
    guard kind(of: url) != nil else { return [] }
    return try tokens(JSON.read(url)["eos_token_id"])
  }

  /// One id, or a list of them, or none.
  private static func tokens(_ ids: JSON) throws -> [Int] {
    guard let ids = ids.ifThere else { return [] }
    return try ids.isArray ? ids.ints() : [ids.int()]
  }

  private static func checkKind(_ config: JSON) throws {
    func check(_ name: String, _ accepted: String) throws {
      if let field = try config[name].ifThere, try field.string() != accepted {
        throw field.unsupported(quoted(accepted))
      }
    }
    try check("model_type", "llama")
    let ours = "LlamaForCausalLM"
    if let kinds = try config["architectures"].ifThere, try !kinds.strings().contains(ours) {
      let found = try kinds.strings().joined(separator: ", ")
      throw kinds.error("is \(quoted(found))", "supported: \"\(ours)\"")
    }
    if let quantized = try config["quantization_config"].ifThere {
      let method = try quantized["quant_method"].ifThere?.shown ?? "set"
      throw quantized.error(
        "is \(method)", "supported: none; use the model in float32, float16 or bfloat16")
    }
    try check("hidden_act", "silu")
    for name in ["attention_bias", "mlp_bias"] {
      if let bias = try config[name].ifThere, try bias.bool() { throw bias.unsupported("false") }
    }
  }

  private static func decoder(_ config: JSON) throws -> DecoderConfiguration {
    // Large enough for any Llama, and so small that counting the parameters cannot overflow.
    let sizes = 1...1 << 20
    func size(_ name: String) throws -> Int { try config[name].int(in: sizes) }
    func ifThere(_ name: String, _ sizes: ClosedRange<Int> = sizes) throws -> Int? {
      try config[name].ifThere?.int(in: sizes)
    }
    let (hidden, heads) = (try size("hidden_size"), try size("num_attention_heads"))
    let (vocabulary, inner) = (try size("vocab_size"), try size("intermediate_size"))
    let layers = try config["num_hidden_layers"].int(in: 1...1 << 10)
    let groups = try ifThere("num_key_value_heads") ?? heads
    guard heads % groups == 0 else {
      throw try config["num_key_value_heads"].unsupported(
        "a divisor of num_attention_heads, \(heads)")
    }
    let explicit = try ifThere("head_dim")
    guard explicit != nil || hidden % heads == 0 else {
      throw try config["num_attention_heads"].unsupported(
        "a divisor of hidden_size, \(hidden), or an explicit head_dim")
    }
    let width = explicit ?? hidden / heads
    guard width % 2 == 0, width > 0 else {
      throw try config["head_dim"].error("is \(width)", "supported: even numbers")
    }
    guard width * heads <= 1 << 20 else {
      throw try config["head_dim"].unsupported("at most \(1 << 20) divided by num_attention_heads")
    }
    let epsilon = try config["rms_norm_eps"].ifThere?.number() ?? 1e-6
    guard epsilon >= 0, epsilon < 1 else {
      throw try config["rms_norm_eps"].unsupported("numbers from 0 to 1")
    }
    return DecoderConfiguration(
      vocabularySize: vocabulary, hiddenSize: hidden, layerCount: layers, headCount: heads,
      keyValueHeadCount: groups, headWidth: explicit, feedForwardSize: inner,
      contextLength: try ifThere("max_position_embeddings", 1...1 << 30) ?? 2048,
      rotaryBase: try rotaryBase(config), rotaryScaling: try rotaryScaling(config),
      normEpsilon: Scalar(epsilon),
      tiesEmbeddings: try config["tie_word_embeddings"].ifThere?.bool() ?? false)
  }

  // MARK: Rotary embedding

  private static func rotaryBase(_ config: JSON) throws -> Double {
    let newer = try config["rope_parameters"].ifThere
    let (ours, theirs) = (try config["rope_theta"], try newer?["rope_theta"].ifThere)
    let theta = try theirs?.number() ?? ours.ifThere?.number() ?? 10_000
    guard try ours.ifThere?.number() ?? theta == theta else {
      throw ours.unsupported("that of rope_parameters, \(theta)")
    }
    guard theta > 0, theta.isFinite else { throw (theirs ?? ours).unsupported("numbers above 0") }
    let name = "partial_rotary_factor"
    if let part = try config[name].ifThere ?? newer?[name].ifThere, try part.number() != 1 {
      throw part.unsupported("1, the whole head")
    }
    return theta
  }

  private static func rotaryScaling(_ config: JSON) throws -> RotaryScaling? {
    let (older, newer) = (try config["rope_scaling"].ifThere, try config["rope_parameters"].ifThere)
    if let older, newer != nil {
      throw older.error("is set", "supported: null beside rope_parameters")
    }
    guard let rope = older ?? newer else { return nil }
    // The type was called `type` before, and that name goes first in transformers.
    let type = try rope["type"].ifThere ?? rope["rope_type"].ifThere
    let isScaled = try rope["factor"].ifThere != nil
    if try type?.string() ?? (isScaled ? "" : "default") == "default" { return nil }
    guard let type, try type.string() == "llama3" else {
      throw try (type ?? rope["rope_type"]).unsupported("\"default\" and \"llama3\"")
    }
    func number(
      _ name: String, _ accepted: String, _ isGood: (Double) -> Bool
    ) throws -> Double {
      let field = try rope[name]
      guard let number = try field.ifThere?.number(), number.isFinite, isGood(number) else {
        throw field.unsupported(accepted)
      }
      return number
    }
    let factor = try number("factor", "numbers of at least 1") { $0 >= 1 }
    let low = try number("low_freq_factor", "numbers above 0") { $0 > 0 }
    let high = try number("high_freq_factor", "numbers above low_freq_factor") { $0 > low }
    let context = try rope["original_max_position_embeddings"]
    guard let length = try context.ifThere?.int(in: 1...1 << 30) else {
      throw context.unsupported("1 … \(1 << 30)")
    }
    return RotaryScaling(
      factor: factor, lowTurns: low, highTurns: high, originalContextLength: length)
  }

  // MARK: Writing

  static func write(_ base: BaseModel, to directory: URL) throws {
    let c = base.decoder.configuration
    let ends = base.ends.sorted()
    let rope = c.rotaryScaling.map { rope in
      JSONObject([
        "rope_type": "llama3", "factor": rope.factor, "low_freq_factor": rope.lowTurns,
        "high_freq_factor": rope.highTurns,
        "original_max_position_embeddings": rope.originalContextLength,
      ])
    }
    let config = JSONObject([
      "architectures": ["LlamaForCausalLM"], "model_type": "llama", "torch_dtype": "float32",
      "vocab_size": c.vocabularySize, "hidden_size": c.hiddenSize,
      "intermediate_size": c.feedForwardSize, "num_hidden_layers": c.layerCount,
      "num_attention_heads": c.headCount, "num_key_value_heads": c.keyValueHeadCount,
      "head_dim": c.headWidth, "max_position_embeddings": c.contextLength,
      "rope_theta": c.rotaryBase, "rope_scaling": rope,
      // As short as it was written: Float's 1e-5 is not Double's.
      "rms_norm_eps": Double("\(c.normEpsilon)") ?? Double(c.normEpsilon),
      "tie_word_embeddings": c.tiesEmbeddings, "hidden_act": "silu", "attention_bias": false,
      "mlp_bias": false, "bos_token_id": base.tokenizer.beginningOfText,
      "eos_token_id": ends.count == 1 ? ends[0] as any Encodable & Sendable : ends,
    ])
    try JSONCoding.write(config, to: directory.appending(path: file))
  }
}

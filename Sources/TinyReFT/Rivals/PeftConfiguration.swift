import Foundation

/// `adapter_config.json` of Hugging Face's peft: a LoRA or a DoRA as `save_pretrained` wrote it.
///
/// Every field that would change a number is followed, or refused by its name.
///
///     format     r, lora_alpha, target_modules, layers_to_transform, use_dora, use_rslora
///     differs    peft takes any module by a part of its name, a rank for each, and whole modules beside
///                them; here one rank serves some of the seven matrices of a block
extension RivalConfiguration {
  init(peft file: JSON, for decoder: DecoderConfiguration) throws {
    guard let kind = try file["peft_type"].ifThere else {
      let isMLX = try file["lora_parameters"].ifThere ?? file["fine_tune_type"].ifThere != nil
      throw FileError(
        file.file, isMLX ? "is MLX's, which lays its tensors out otherwise" : "names no peft_type",
        "use a folder that tinyreft train or Hugging Face's peft wrote")
    }
    guard try kind.string() == "LORA" else { throw kind.unsupported("\"LORA\"") }
    try Self.refuse(file)
    let size = try file["r"].int(in: 1...Self.largestSize)
    let alpha = try file["lora_alpha"].number()
    // s = α / √r there (rsLoRA), α / r here.
    let isStabilised = try file["use_rslora"].ifThere?.bool() ?? false
    self.init(
      method: try file["use_dora"].ifThere?.bool() == true ? "dora" : "lora", size: size,
      alpha: isStabilised ? alpha * Double(size).squareRoot() : alpha,
      maps: try Self.maps(file["target_modules"]),
      layers: try Self.layers(file["layers_to_transform"], of: decoder.layerCount))
  }

  /// What changes numbers, and has to be as it is where nobody asks for it.
  private static func refuse(_ file: JSON) throws {
    for name in ["rank_pattern", "alpha_pattern"] {
      if let pattern = try file[name].ifThere, try !pattern.keys().isEmpty {
        throw pattern.error("is set", "supported: {}, one rank and one alpha for all")
      }
    }
    for name in [
      "modules_to_save", "layer_replication", "exclude_modules", "trainable_token_indices",
      "target_parameters", "alora_invocation_tokens", "arrow_config", "layers_pattern",
    ] {
      guard let list = try file[name].ifThere else { continue }
      if try !list.isArray || !list.array().isEmpty {
        throw list.error("is set", "supported: null")
      }
    }
    for name in ["fan_in_fan_out", "lora_bias", "use_qalora"] {
      if let flag = try file[name].ifThere, try flag.bool() { throw flag.unsupported("false") }
    }
    if let bias = try file["bias"].ifThere, try bias.string() != "none" {
      throw bias.unsupported("\"none\"")
    }
    // Others leave something else in the base than what it was.
    if let start = try file["init_lora_weights"].ifThere, start.isString,
      try start.string() != "gaussian"
    {
      throw start.unsupported("true, false, \"gaussian\"")
    }
  }

  private static func maps(_ names: JSON) throws -> [BlockMap] {
    if names.isString, try names.string() == "all-linear" { return BlockMap.allCases }
    return try names.array().map { name in
      guard let map = BlockMap(rawValue: try name.string()) else {
        throw name.unsupported(BlockMap.allCases.map(\.rawValue).joined(separator: ", "))
      }
      return map
    }
  }

  private static func layers(_ layers: JSON, of count: Int) throws -> [Int] {
    guard let layers = layers.ifThere else { return Array(0..<count) }
    return layers.isArray ? try layers.ints() : [try layers.int()]
  }

  /// Whether the two mean the same, in whatever order they name matrices and layers.
  func agrees(with other: RivalConfiguration) -> Bool {
    (method, size, alpha) == (other.method, other.size, other.alpha)
      && Set(maps) == Set(other.maps) && Set(layers) == Set(other.layers)
  }
}

import Foundation

/// A trained rival on disk: what it is made of, and its numbers.
///
///     format     adapter.json: `RivalConfiguration`, with a format_version
///                adapter_model.safetensors: its tensors by Hugging Face peft's names where it has the
///                method, and the weights of the base that it trained by theirs
///                adapter_config.json: peft's, which a `lora` or `dora` has too, so that peft opens it; a
///                folder that has it alone is peft's, and read as it is
extension Rivals {
  static let configuration = "adapter.json"
  static let tensors = "adapter_model.safetensors"
  static let peft = "adapter_config.json"
  public static let files = [configuration, tensors, peft]

  /// The tensors first, so that an adapter.json never stands without them.
  public static func write(
    _ model: AdaptedDecoder<Unadapted>, _ c: RivalConfiguration, base: String, to directory: URL
  ) throws {
    try createFolder(directory)
    try Safetensors(Trained(model)).write(to: directory.appending(path: tensors))
    if c.method == "lora" || c.method == "dora" {
      let file = JSONObject([
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": c.size, "lora_alpha": c.alpha,
        "target_modules": c.maps.map(\.rawValue), "layers_to_transform": c.layers,
        "use_dora": c.method == "dora",
      ])
      try JSONCoding.write(file, to: directory.appending(path: peft))
    }
    let file = JSONObject([
      "format_version": FormatVersion.current, "method": c.method, "size": c.size,
      "alpha": c.alpha, "maps": c.maps.map(\.rawValue), "layers": c.layers,
      "hidden_size": model.decoder.configuration.hiddenSize, "base_fingerprint": base,
    ])
    try JSONCoding.write(file, to: directory.appending(path: configuration))
  }

  public static func read(
    _ directory: URL, for base: Decoder
  ) throws -> (configuration: RivalConfiguration, adapted: AdaptedBase) {
    let (own, peft) = (
      directory.appending(path: configuration), directory.appending(path: peft)
    )
    let url = kind(of: own) == nil ? peft : own
    guard kind(of: directory.appending(path: InterventionsDirectory.configuration)) == nil else {
      throw FileError(
        url,
        "stands beside \(InterventionsDirectory.configuration); each says what the folder holds",
        "remove the one that is not meant")
    }
    let c =
      url == peft
      ? try RivalConfiguration(peft: JSON.read(peft), for: base.configuration)
      : try RivalConfiguration(FormatVersion.read(own), for: base.configuration)
    let rival: any Rival.Type
    do { rival = try c.check(against: base.configuration) } catch { throw error.of(url) }
    let adapted = try read(rival, c, directory, base)
    if url == own, kind(of: peft) != nil {
      let theirs = try RivalConfiguration(peft: JSON.read(peft), for: base.configuration)
      guard c.agrees(with: theirs) else {
        throw FileError(peft, "does not say what \(configuration) says", "remove one of the two")
      }
    }
    return (c, adapted)
  }

  private static func read(
    _ rival: any Rival.Type, _ c: RivalConfiguration, _ directory: URL, _ base: Decoder
  ) throws -> AdaptedBase {
    let url = directory.appending(path: tensors)
    let pickle = directory.appending(path: "adapter_model.bin")
    let exists = { (url: URL) in FileManager.default.fileExists(atPath: url.path) }
    guard exists(url) || !exists(pickle) else {
      throw FileError(
        pickle, "is a pickle, a program and not data", "save it in Python with safe_serialization")
    }
    let file = try Safetensors.read(url)
    // Nothing that large is made to find that the file has less.
    let count = file.tensors.values.reduce(0) { $0 + $1.tensor.count }
    guard rival.parameterCount(c, for: base.configuration) <= count else {
      throw FileError.tooFewNumbers(url, count)
    }
    var adapted = AdaptedBase(rival, c, of: base, seed: 0)
    var learned = Trained(adapted.model)
    try learned.load(file, from: url)
    adapted.decoder = learned.model.decoder
    return adapted
  }
}

extension RivalConfiguration {
  /// `adapter.json`, for a decoder of these sizes.
  fileprivate init(_ file: JSON, for decoder: DecoderConfiguration) throws {
    let width = try file["hidden_size"].int()
    guard width == decoder.hiddenSize else {
      throw Refusal.otherWidth(width, decoder: decoder.hiddenSize).of(file.file)
    }
    let maps = try file["maps"].array().map { name in
      guard let map = BlockMap(rawValue: try name.string()) else {
        throw name.unsupported(BlockMap.allCases.map(\.rawValue).joined(separator: ", "))
      }
      return map
    }
    self.init(
      method: try file["method"].string(), size: try file["size"].int(),
      alpha: try file["alpha"].number(), maps: maps, layers: try file["layers"].ints())
  }
}

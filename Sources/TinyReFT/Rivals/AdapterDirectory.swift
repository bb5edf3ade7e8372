import Foundation

/// A trained rival on disk: what it is made of, and its numbers.
///
///     format     adapter.json: `RivalConfiguration`, with a format_version
///                adapter_model.safetensors: its tensors by Hugging Face peft's names where it has the
///                method, and the weights of the base that it trained by theirs
///     differs    peft keeps an adapter_config.json, which a `lora` or `dora` has too: peft opens those
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
    if let configuration = PeftConfiguration(c) {
      try JSONText.write(configuration, to: directory.appending(path: peft))
    }
    let file = AdapterFile(
      c, hiddenSize: model.decoder.configuration.hiddenSize, base: base)
    try JSONText.write(file, to: directory.appending(path: configuration))
  }

  public static func read(
    _ directory: URL, for base: Decoder
  ) throws -> (configuration: RivalConfiguration, adapted: AdaptedBase) {
    let url = directory.appending(path: configuration)
    let file = try FormatVersion.read(AdapterFile.self, from: url)
    do {
      let c = try file.rivalConfiguration(for: base.configuration)
      let rival = try c.check(against: base.configuration)
      return (c, try read(rival, c, directory, base))
    } catch let error as RivalConfigurationError {
      throw CheckpointError(url, .rival(error.description))
    } catch let problem as CheckpointProblem {
      throw CheckpointError(url, problem)
    }
  }

  private static func read(
    _ rival: any Rival.Type, _ c: RivalConfiguration, _ directory: URL, _ base: Decoder
  ) throws -> AdaptedBase {
    let url = directory.appending(path: tensors)
    let file = try Safetensors.read(url)
    // Nothing that large is made to find that the file has less.
    let count = file.tensors.values.reduce(0) { $0 + $1.tensor.count }
    guard rival.parameterCount(c, for: base.configuration) <= count else {
      throw CheckpointError(url, .tooFewNumbers(count))
    }
    var adapted = AdaptedBase(rival, c, of: base, seed: 0)
    var learned = Trained(adapted.model)
    try learned.load(file, from: url)
    adapted.decoder = learned.model.decoder
    return adapted
  }
}

/// `adapter.json`.
private struct AdapterFile: Codable {
  var formatVersion = FormatVersion.current
  var method: String
  var size: Int
  var alpha: Double
  var maps: [String]
  var layers: [Int]
  var hiddenSize: Int
  var base: String?

  enum CodingKeys: String, CodingKey {
    case formatVersion = "format_version"
    case method, size, alpha, maps, layers
    case hiddenSize = "hidden_size"
    case base = "base_fingerprint"
  }

  init(_ c: RivalConfiguration, hiddenSize: Int, base: String) {
    self.base = base
    (method, size, alpha, layers) = (c.method, c.size, c.alpha, c.layers)
    (maps, self.hiddenSize) = (c.maps.map(\.rawValue), hiddenSize)
  }

  func rivalConfiguration(
    for decoder: DecoderConfiguration
  ) throws(CheckpointProblem) -> RivalConfiguration {
    guard hiddenSize == decoder.hiddenSize else {
      throw .configuration(.otherWidth(hiddenSize, decoder: decoder.hiddenSize))
    }
    var matrices: [BlockMap] = []
    for name in maps {
      guard let map = BlockMap(rawValue: name) else {
        throw .unsupported(
          field: "maps", value: quoted(name),
          accepted: BlockMap.allCases.map(\.rawValue).joined(separator: ", "))
      }
      matrices.append(map)
    }
    return RivalConfiguration(
      method: method, size: size, alpha: alpha, maps: matrices, layers: layers)
  }
}

/// peft's `adapter_config.json`, of the methods whose tensors it stores as we do.
private struct PeftConfiguration: Encodable {
  let type = "LORA"
  let task = "CAUSAL_LM"
  let r: Int
  let alpha: Double
  let maps: [String]
  let layers: [Int]
  let isDoRA: Bool

  enum CodingKeys: String, CodingKey {
    case type = "peft_type"
    case task = "task_type"
    case r
    case alpha = "lora_alpha"
    case maps = "target_modules"
    case layers = "layers_to_transform"
    case isDoRA = "use_dora"
  }

  init?(_ c: RivalConfiguration) {
    guard c.method == "lora" || c.method == "dora" else { return nil }
    (r, alpha, maps, layers) = (c.size, c.alpha, c.maps.map(\.rawValue), c.layers)
    isDoRA = c.method == "dora"
  }
}

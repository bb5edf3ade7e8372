import Foundation

/// The weights of a Hugging Face directory: one file, or several (shards) with an index.
///
///     format     model.safetensors, or else model.safetensors.index.json:
///                {"weight_map": {tensor: file beside the index}}
///     differs    a tensor that nobody asks for is refused, where transformers warns. Left out, as
///                there: `rotary_emb.inv_freq`, which old checkpoints keep though θ says it, and
///                `lm_head.weight` beside tied embeddings; it is taken for both where it is alone
struct WeightFiles {
  static let single = "model.safetensors"
  static let index = "model.safetensors.index.json"

  /// The file that says which tensors there are: errors about names are errors of this one.
  private let url: URL
  private var places: Places = [:]

  private typealias Places = [String: (file: SafetensorsReader, item: SafetensorsHeader.Item)]

  /// Opens every file and reads its header, but no tensor.
  init(_ directory: URL) throws {
    let (single, index) = (
      directory.appending(path: Self.single), directory.appending(path: Self.index)
    )
    let exists = { (url: URL) in FileManager.default.fileExists(atPath: url.path) }
    if exists(single) || !exists(index) {
      let old = directory.appending(path: "pytorch_model.bin")
      for old in [old, old.appendingPathExtension("index.json")] where !exists(single) {
        guard !exists(old) else {
          throw FileError(
            old, "is a pickle, a program and not data",
            "write safetensors in Python: \(Self.anew)")
        }
      }
      url = single
      let file = try SafetensorsReader(single)
      for item in file.header.items {
        guard places.updateValue((file, item), forKey: Self.name(item.name)) == nil else {
          throw FileError(
            url,
            "has \(quoted(Self.name(item.name))) twice, with torch.compile's prefix and without",
            "remove one")
        }
      }
    } else {
      url = index
      let map = try JSON.read(index)["weight_map"]
      var shards: [String: String] = [:]
      for tensor in try map.keys() { shards[tensor] = try map[tensor].string() }
      try open(shards, in: directory)
    }
  }

  /// Transformers leaves out what no layer reads, and writes a type that is read here.
  private static let anew =
    "transformers.AutoModelForCausalLM.from_pretrained(DIR).save_pretrained(DIR)"

  private static let again = "download the folder again"

  /// Opens the shards, and compares what each holds with what the index says.
  private mutating func open(_ map: [String: String], in directory: URL) throws {
    var shards: [String: String] = [:]
    for (tensor, shard) in map { shards[shard] = min(tensor, shards[shard] ?? tensor) }
    for (shard, tensor) in shards.sorted(by: { $0.key < $1.key }) {
      // The index comes from outside, and must not lead to files elsewhere. Asked of bytes, because
      // to Swift a slash and an accent behind it are one character, which is no slash.
      guard shard.hasSuffix(".safetensors"), !shard.utf8.contains(where: "/\\\0".utf8.contains)
      else {
        throw FileError(
          url,
          "puts \(quoted(tensor)) into \(quoted(shard)), which is no safetensors file beside it",
          Self.again)
      }
      let place = directory.appending(path: shard)
      guard FileManager.default.fileExists(atPath: place.path) else {
        throw FileError(
          url, "needs \(quoted(shard)), which is not there, for \(quoted(tensor))", Self.again)
      }
      let file = try SafetensorsReader(place)
      for item in file.header.items where !Self.isBuffer(item.name) {
        guard let own = map[item.name] else {
          throw FileError(
            url, "does not name \(quoted(item.name)), which \(quoted(shard)) holds", Self.again)
        }
        guard own == shard else {
          throw FileError(
            url,
            "\(quoted(item.name)) is in \(quoted(shard)) and belongs to \(quoted(own))", Self.again)
        }
        places[Self.name(item.name)] = (file, item)
      }
    }
    for (tensor, shard) in map.sorted(by: { $0.key < $1.key })
    where places[Self.name(tensor)] == nil && !Self.isBuffer(tensor) {
      throw FileError(
        url, "puts \(quoted(tensor)) into \(quoted(shard)), which does not hold it", Self.again)
    }
  }

  /// torch.compile writes its prefix before the names of a model.
  private static func name(_ name: String) -> String {
    name.hasPrefix("_orig_mod.") ? String(name.dropFirst("_orig_mod.".count)) : name
  }

  private static func isBuffer(_ name: String) -> Bool { name.hasSuffix("rotary_emb.inv_freq") }

  /// A decoder of these sizes. Every name and every shape is compared with what the configuration
  /// asks for before a tensor is read, and so is what they need with the memory that there is, in
  /// bytes.
  func decoder(
    _ configuration: DecoderConfiguration,
    memory: UInt64 = ProcessInfo.processInfo.physicalMemory
  ) throws -> Decoder {
    var (decoder, places) = (Decoder(unfilled: configuration), places)
    if configuration.tiesEmbeddings, places["model.embed_tokens.weight"] == nil {
      places["model.embed_tokens.weight"] = places["lm_head.weight"]
    }
    try check(decoder, places, memory)
    try decoder.walk("") { name, tensor in
      if let (file, item) = places[name] { tensor = try file.tensor(item) }
    }
    return decoder
  }

  private func check(
    _ decoder: Decoder, _ places: Places, _ memory: UInt64
  ) throws {
    let c = decoder.configuration
    let names = decoder.parameters.map(\.name)
    for name in names {
      guard let place = places[name] else { throw FileError.missingTensor(url, name) }
      guard place.item.shape == c.shape(of: name) else {
        throw FileError.shape(place.file.url, name, place.item.shape, expected: c.shape(of: name))
      }
    }
    var known = Set(names)
    if c.tiesEmbeddings { known.insert("lm_head.weight") }
    let unknown = places.keys.filter { !known.contains($0) && !Self.isBuffer($0) }
    if let name = unknown.min() {
      throw FileError.unexpectedTensor(
        url, name, "check config.json, or drop it in Python: \(Self.anew)")
    }
    let bytes = Double(c.parameterCount) * Double(MemoryLayout<Scalar>.size)
    guard bytes <= Double(memory) else {
      throw FileError(
        url, "has \(c.parameterCount) parameters, more than fit in memory", "use a smaller model")
    }
  }
}

extension Decoder {
  /// A decoder without weights, which a reader fills in by the walk: none is drawn only to be
  /// thrown away. What a block keeps beside its weights does not depend on d and f, so that a narrow
  /// one serves, and all blocks begin as its copies.
  init(unfilled c: DecoderConfiguration) {
    var (narrow, stream) = (c, RandomStream(seed: 0))
    (narrow.hiddenSize, narrow.feedForwardSize) = (1, 1)
    configuration = c
    embedding = Embedding(weight: .none)
    blocks = Array(repeating: Block(narrow, using: &stream).frozen, count: c.layerCount)
    norm = RMSNorm(width: 1, epsilon: c.normEpsilon).frozen
    head = c.tiesEmbeddings ? nil : Embedding(weight: .none)
  }
}

extension DecoderConfiguration {
  /// The shape in a file of the weight with this name in the decoder's walk, [out, in].
  func shape(of weight: String) -> [Int] {
    let (d, f) = (hiddenSize, feedForwardSize)
    switch weight.split(separator: ".").dropLast().last {
    case "embed_tokens", "lm_head": return [vocabularySize, d]
    case "q_proj": return [headCount * headWidth, d]
    case "k_proj", "v_proj": return [keyValueHeadCount * headWidth, d]
    case "o_proj": return [d, headCount * headWidth]
    case "gate_proj", "up_proj": return [f, d]
    case "down_proj": return [d, f]
    default: return [d]
    }
  }
}

import Foundation

/// A pretrained decoder and its tokenizer: a Hugging Face directory.
///
///     format     config.json, model.safetensors or its shards, tokenizer.json,
///                tokenizer_config.json; generation_config.json if it is there
///     units      names and shapes as in transformers' `LlamaForCausalLM`, weights [out, in]
public struct BaseModel: Sendable {
  /// What a base is made of: other than the first four are read, and not written.
  static let files = [
    LlamaConfiguration.file, WeightFiles.single, Tokenizer.file, Tokenizer.configuration,
    WeightFiles.index, LlamaConfiguration.generation,
  ]

  public var decoder: Decoder
  public var tokenizer: Tokenizer

  /// What may end a text. A model that talks has an end of turn beside its end of text; training
  /// always appends the tokenizer's own.
  public let ends: Set<Int>

  public init(decoder: Decoder, tokenizer: Tokenizer, ends: [Int] = []) {
    (self.decoder, self.tokenizer) = (decoder, tokenizer)
    self.ends = Set(ends + [tokenizer.endOfText])
  }

  /// Reads a directory. All that is small is read and checked before anything large.
  public static func read(_ directory: URL) throws -> BaseModel {
    let (configuration, ends) = try LlamaConfiguration.read(directory)
    let moreEnds = try LlamaConfiguration.moreEnds(directory)
    var tokenizer = try Tokenizer.read(directory: directory)
    if tokenizer.vocabularySize > configuration.vocabularySize {
      tokenizer.rows = configuration.vocabularySize
    }
    // These come in every text; others only where a text spells them.
    let always = [tokenizer.beginningOfText, tokenizer.endOfText].compactMap(\.self)
    if let token = tokenizer.unknownToModel(always) {
      throw FileError(
        directory.appending(path: Tokenizer.file),
        "begins or ends a text with \(quoted(token)), for which the decoder has no row",
        "they may belong to different models")
    }
    let decoder = try WeightFiles(directory).decoder(configuration)
    return BaseModel(decoder: decoder, tokenizer: tokenizer, ends: ends + moreEnds)
  }

  /// Reads the decoder alone, for what has no text.
  public static func readDecoder(_ directory: URL) throws -> Decoder {
    let configuration = try LlamaConfiguration.read(directory).decoder
    return try WeightFiles(directory).decoder(configuration)
  }

  /// Writes what `read` gives back, and what `AutoModelForCausalLM` and `AutoTokenizer` open.
  public func write(to directory: URL) throws {
    try createFolder(directory)
    try LlamaConfiguration.write(self, to: directory)
    try tokenizer.write(directory: directory)
    try Safetensors(decoder).write(to: directory.appending(path: WeightFiles.single))
  }
}

// MARK: Named tensors and files

extension Safetensors {
  /// Every tensor under its name in the walk.
  init(_ model: some Parameterized) {
    let pairs = model.parameters.map { name, tensor in
      (name, Self.isVector(name) ? Stored.vector(tensor) : .matrix(tensor))
    }
    self.init(tensors: Dictionary(uniqueKeysWithValues: pairs))
  }

  /// In memory a vector is a matrix of one row, in a file it has one size: gains of norms, b, and
  /// DoRA's m.
  private static func isVector(_ name: String) -> Bool {
    ["norm.weight", ".b", ".bias", "_vector"].contains { name.hasSuffix($0) }
  }
}

extension Parameterized {
  /// Takes every tensor of the walk from the file. Throws when one is missing, has another shape,
  /// or is left over; `self` is then partly loaded, and to be thrown away.
  mutating func load(_ file: Safetensors, from url: URL) throws(FileError) {
    let expected = Safetensors(self)
    for name in file.names where expected.tensors[name] == nil {
      throw .unexpectedTensor(url, name)
    }
    for (name, own) in expected.tensors.sorted(by: { $0.key < $1.key }) {
      guard let stored = file.tensors[name] else {
        throw .missingTensor(url, name)
      }
      guard stored.shape == own.shape else {
        throw .shape(url, name, stored.shape, expected: own.shape)
      }
    }
    walk("") { name, tensor in
      if let stored = file.tensors[name] { tensor = stored.tensor }
    }
  }
}

extension FileError {
  static func missingTensor(_ url: URL, _ name: String) -> FileError {
    FileError(url, "has no tensor \"\(name)\"", "it may belong to another model")
  }

  static func unexpectedTensor(
    _ url: URL, _ name: String, _ remedy: String = "check the JSON beside it"
  ) -> FileError {
    FileError(url, "has a tensor \(quoted(name)) that the configuration does not ask for", remedy)
  }

  static func shape(
    _ url: URL, _ name: String, _ shape: [Int], expected: [Int]
  ) -> FileError {
    FileError(
      url, at: "\"\(name)\"", "has shape \(shape), expected \(expected)",
      "check the JSON beside it")
  }
}

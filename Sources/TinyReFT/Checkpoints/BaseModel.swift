import Foundation

/// A pretrained decoder and its tokenizer: a Hugging Face directory.
///
///     format     config.json, model.safetensors, tokenizer.json, tokenizer_config.json
///     units      names and shapes as in transformers' `LlamaForCausalLM`, weights [out, in]
///     read       docs/50-files.md
///     check      Tests/TinyReFTTests/Checkpoints/BaseModelTests.swift
public struct BaseModel: Sendable {
  public var decoder: Decoder
  public var tokenizer: Tokenizer

  public init(decoder: Decoder, tokenizer: Tokenizer) {
    (self.decoder, self.tokenizer) = (decoder, tokenizer)
  }

  static let weights = "model.safetensors"

  /// Reads a directory, and checks it before anything large is allocated: every weight that the
  /// configuration asks for must be there in its shape, and no other.
  public static func read(_ directory: URL) throws -> BaseModel {
    let decoder = try readDecoder(directory)
    let configuration = decoder.configuration
    let tokenizer = try Tokenizer.read(directory: directory)
    guard tokenizer.vocabularySize <= configuration.vocabularySize else {
      throw CheckpointError(
        directory.appending(path: "tokenizer.json"),
        .vocabulary(tokenizer.vocabularySize, decoder: configuration.vocabularySize))
    }
    return BaseModel(decoder: decoder, tokenizer: tokenizer)
  }

  /// The same without the tokenizer.
  public static func readDecoder(_ directory: URL) throws -> Decoder {
    let configuration = try LlamaConfiguration.read(directory)
    let url = directory.appending(path: weights)
    let file = try Safetensors.read(url)
    let count = file.tensors.values.reduce(0) { $0 + $1.tensor.count }
    guard configuration.parameterCount == count else {
      throw CheckpointError(
        url, .parameterCount(count, expected: configuration.parameterCount))
    }
    var decoder = Decoder(configuration, seed: 0)
    try decoder.load(file, from: url)
    return decoder
  }

  /// Writes what `read` gives back, and what `AutoModelForCausalLM` and `AutoTokenizer` open.
  public func write(to directory: URL) throws {
    try createFolder(directory)
    try LlamaConfiguration(decoder.configuration, tokenizer).write(directory)
    try tokenizer.write(directory: directory)
    try Safetensors(decoder).write(to: directory.appending(path: Self.weights))
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

  /// In memory a vector is a matrix of one row, in a file it has one size: gains of norms, and b,
  /// which pyreft calls bias.
  private static func isVector(_ name: String) -> Bool {
    ["norm.weight", ".b", ".bias"].contains { name.hasSuffix($0) }
  }
}

extension Parameterized {
  /// Takes every tensor of the walk from the file. Throws when one is missing, has another shape,
  /// or is left over; `self` is then partly loaded, and to be thrown away.
  mutating func load(_ file: Safetensors, from url: URL) throws(CheckpointError) {
    let expected = Safetensors(self)
    for name in file.names where expected.tensors[name] == nil {
      throw CheckpointError(url, .unexpectedTensor(name))
    }
    for (name, own) in expected.tensors.sorted(by: { $0.key < $1.key }) {
      guard let stored = file.tensors[name] else {
        throw CheckpointError(url, .missingTensor(name))
      }
      guard stored.shape == own.shape else {
        throw CheckpointError(url, .shape(name, stored.shape, expected: own.shape))
      }
    }
    walk("") { name, tensor in
      if let stored = file.tensors[name] { tensor = stored.tensor }
    }
  }
}

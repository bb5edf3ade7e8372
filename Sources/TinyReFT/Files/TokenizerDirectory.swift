import Foundation

/// A tokenizer in a Hugging Face directory: reading any that is understood, writing the toy base's.
///
///     format     tokenizer.json: the tokens and every step from text to ids
///                tokenizer_config.json: which token begins a text and which ends it; may be missing
///     differs    of the models only BPE is read; what is not built here is refused by its field
extension Tokenizer {
  static let file = "tokenizer.json"
  static let configuration = "tokenizer_config.json"

  /// Reads the directory that `AutoTokenizer.from_pretrained` would be given.
  public static func read(directory: URL) throws(TokenizerError) -> Tokenizer {
    let (main, side) = files(in: directory)
    let old = directory.appendingPathComponent("tokenizer.model")
    if !FileManager.default.fileExists(atPath: main.path),
      FileManager.default.fileExists(atPath: old.path)
    {
      throw TokenizerError(old, .sentencePiece)
    }
    let file = try decode(TokenizerFile.self, main, members: ["model", "vocab"])
    let exists = FileManager.default.fileExists(atPath: side.path)
    let config = exists ? try decode(TokenizerConfig.self, side).value : TokenizerConfig()
    do { return try Tokenizer(file.value, file.members, config) } catch {
      throw TokenizerError(main, error)
    }
  }

  /// Writes what `AutoTokenizer.from_pretrained` needs, and `read` gives back.
  ///
  /// Only for `Tokenizer.bytes`: every other one came from files, which are better copied than made
  /// again from the parts that were read.
  public func write(directory: URL) throws(TokenizerError) {
    let (main, side) = Self.files(in: directory)
    guard self == .bytes else { throw TokenizerError(main, .notWritten) }
    try Self.encode(TokenizerFile.bytes, to: main)
    let config = TokenizerConfig(
      tokenizerClass: "PreTrainedTokenizerFast", beginningOfText: TokenizerConfig.Token("<s>"),
      endOfText: TokenizerConfig.Token("</s>"), cleansUp: false,
      modelInputNames: ["input_ids", "attention_mask"])
    try Self.encode(config, to: side)
  }

  private static func files(in directory: URL) -> (main: URL, side: URL) {
    (
      directory.appendingPathComponent(file),
      directory.appendingPathComponent(configuration)
    )
  }

  private static func decode<File: Decodable>(
    _ type: File.Type, _ url: URL, members path: [String] = []
  ) throws(TokenizerError) -> (value: File, members: [JSONChecker.Member]) {
    let bytes: [UInt8]
    do { bytes = try readBytes(url) } catch { throw TokenizerError(url, .disk(error)) }
    do { return try JSONText.decode(type, from: bytes, members: path) } catch {
      throw TokenizerError(url, .json(error))
    }
  }

  private static func encode(_ file: some Encodable, to url: URL) throws(TokenizerError) {
    let bytes: [UInt8]
    do { bytes = try JSONText.encode(file, indented: true) } catch {
      throw TokenizerError(url, .json(error))
    }
    do { try writeAtomically(bytes, to: url) } catch { throw TokenizerError(url, .disk(error)) }
  }
}

// MARK: The toy base's file

extension TokenizerFile {
  /// `Tokenizer.bytes` as tokenizer.json says it.
  fileprivate static var bytes: TokenizerFile {
    let byteLevel = Part(
      type: "ByteLevel", addPrefixSpace: false, useRegex: false, trimOffsets: false)
    // The template: `$A` with <s> in front of it; two texts, `$A` and `$B`, each with its own.
    func item(_ letter: String, _ type: Int) -> [TemplateItem] {
      [
        TemplateItem(specialToken: .init(id: "<s>", typeID: type)),
        TemplateItem(sequence: .init(id: letter, typeID: type)),
      ]
    }
    let template = Part(
      type: "TemplateProcessing", single: item("A", 0), pair: item("A", 0) + item("B", 1),
      specialTokens: ["<s>": .init(id: "<s>", ids: [256], tokens: ["<s>"])])
    return TokenizerFile(
      version: "1.0", addedTokens: Tokenizer.bytes.addedTokens.map(AddedToken.init),
      preTokenizer: byteLevel, postProcessor: template, decoder: byteLevel,
      model: Model(
        type: "BPE",
        vocab: Dictionary(
          uniqueKeysWithValues: zip(ByteAlphabet.characters.map(String.init), 0...))))
  }
}

extension TokenizerFile.AddedToken {
  fileprivate init(_ token: TinyReFT.AddedToken) {
    self.init(
      id: token.id, content: token.text, special: token.isSpecial, singleWord: false, lstrip: false,
      rstrip: false, normalized: false)
  }
}

import Foundation

/// A tokenizer in a Hugging Face directory: reading it, and refusing what is not built here.
///
///     format     tokenizer.json: the tokens and every step from text to ids
///                tokenizer_config.json: which token begins a text and which ends it; may be missing
///     differs    only byte-level BPE without merges is read; the rest is refused by its field
///     read       docs/50-files.md
///     check      Tests/TinyReFTTests/Formats/TokenizerDirectoryTests.swift
extension Tokenizer {
  /// Reads the directory that `AutoTokenizer.from_pretrained` would be given.
  public static func read(directory: URL) throws(TokenizerError) -> Tokenizer {
    let (main, side) = files(in: directory)
    let file: TokenizerFile = try decode(main)
    let exists = FileManager.default.fileExists(atPath: side.path)
    let config: TokenizerConfig? = exists ? try decode(side) : nil
    do { return try Tokenizer(file, end: config?.endOfText?.text) } catch {
      throw TokenizerError(main, error)
    }
  }

  /// Writes what `AutoTokenizer.from_pretrained` needs, and `read` gives back.
  public func write(directory: URL) throws(TokenizerError) {
    let (main, side) = Self.files(in: directory)
    try Self.encode(TokenizerFile(self), to: main)
    let config = TokenizerConfig(
      tokenizerClass: "PreTrainedTokenizerFast",
      beginningOfText: beginningOfText.map { TokenizerConfig.Token(text(of: $0)) },
      endOfText: TokenizerConfig.Token(text(of: endOfText)), cleansUp: false,
      modelInputNames: ["input_ids", "attention_mask"])
    try Self.encode(config, to: side)
  }

  private static func files(in directory: URL) -> (main: URL, side: URL) {
    (
      directory.appendingPathComponent("tokenizer.json"),
      directory.appendingPathComponent("tokenizer_config.json")
    )
  }

  private static func decode<File: Decodable>(_ url: URL) throws(TokenizerError) -> File {
    let bytes: [UInt8]
    do { bytes = try readBytes(url) } catch { throw TokenizerError(url, .disk(error)) }
    do { return try JSONText.decode(File.self, from: bytes) } catch {
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

// MARK: The config

/// tokenizer_config.json: what transformers wants to know beside tokenizer.json.
struct TokenizerConfig: Codable {
  var tokenizerClass: String?
  var beginningOfText: Token?
  var endOfText: Token?
  /// Whether decoding takes spaces away before full stops: never for us.
  var cleansUp: Bool?
  /// What a call of the tokenizer returns. By default there are token types too, which a Llama does
  /// not take.
  var modelInputNames: [String]?

  enum CodingKeys: String, CodingKey {
    case tokenizerClass = "tokenizer_class"
    case beginningOfText = "bos_token"
    case endOfText = "eos_token"
    case cleansUp = "clean_up_tokenization_spaces"
    case modelInputNames = "model_input_names"
  }

  /// Written as a string; older files have an object with the string as its `content`.
  struct Token: Codable {
    var text: String

    init(_ text: String) { self.text = text }

    init(from decoder: any Swift.Decoder) throws {
      if let object = try? decoder.container(keyedBy: CodingKeys.self) {
        text = try object.decode(String.self, forKey: .content)
      } else {
        text = try decoder.singleValueContainer().decode(String.self)
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(text)
    }

    enum CodingKeys: String, CodingKey { case content }
  }
}

// MARK: To the file

extension Tokenizer {
  /// The text of a token as a file has it.
  fileprivate func text(of id: Int) -> String {
    addedTokens.first { $0.id == id }?.text ?? ByteAlphabet.text(of: spellings[id])
  }
}

extension TokenizerFile {
  fileprivate init(_ tokenizer: Tokenizer) {
    let added = tokenizer.addedTokens.sorted { $0.id < $1.id }
    let addedIDs = Set(added.map(\.id))
    // Added tokens that follow all others stand apart; one between them keeps its place in `vocab`.
    let plain = tokenizer.spellings.indices.last { !addedIDs.contains($0) } ?? -1
    let vocab = (0..<plain + 1).map { (tokenizer.text(of: $0), $0) }
    let first = tokenizer.beginningOfText.map { (tokenizer.text(of: $0), $0) }
    self.init(
      version: "1.0", addedTokens: added.map(AddedToken.init), preTokenizer: .byteLevel,
      postProcessor: Part(startingWith: first), decoder: .byteLevel,
      model: Model(type: "BPE", vocab: Dictionary(uniqueKeysWithValues: vocab), merges: []))
  }
}

extension TokenizerFile.AddedToken {
  fileprivate init(_ token: Tokenizer.AddedToken) {
    self.init(
      id: token.id, content: token.text, special: token.isSpecial, singleWord: false, lstrip: false,
      rstrip: false, normalized: false)
  }
}

extension TokenizerFile.Part {
  fileprivate static let byteLevel = Self(
    type: "ByteLevel", addPrefixSpace: false, useRegex: false, trimOffsets: false)

  /// `$A` with the token in front of it; two texts, `$A` and `$B`, each with its own.
  fileprivate init?(startingWith token: (text: String, id: Int)?) {
    guard let (text, id) = token else { return nil }
    func item(_ letter: String, _ type: Int) -> [TokenizerFile.TemplateItem] {
      [
        TokenizerFile.TemplateItem(specialToken: .init(id: text, typeID: type)),
        TokenizerFile.TemplateItem(sequence: .init(id: letter, typeID: type)),
      ]
    }
    self.init(
      type: "TemplateProcessing", single: item("A", 0), pair: item("A", 0) + item("B", 1),
      specialTokens: [text: .init(id: text, ids: [id], tokens: [text])])
  }
}

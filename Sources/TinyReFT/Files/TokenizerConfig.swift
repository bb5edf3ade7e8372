/// tokenizer_config.json: what transformers wants to know beside tokenizer.json, above all which
/// tokens begin and end a text.
///
///     format     JSON; every field may be missing, and the file too
///     differs    added tokens are those of tokenizer.json: one that only this file calls special is
///                none here, where transformers would add it. `add_prefix_space` is not read:
///                transformers would make tokenizer.json again from tokenizer.model
struct TokenizerConfig: Codable {
  var tokenizerClass: String?
  var beginningOfText: Token?
  var endOfText: Token?
  var addsBeginning: Bool?
  var addsEnd: Bool?
  /// Whether decoding takes spaces away before full stops: never for us.
  var cleansUp: Bool?
  /// What a call of the tokenizer returns. By default there are token types too, which a Llama does
  /// not take.
  var modelInputNames: [String]?

  enum CodingKeys: String, CodingKey {
    case tokenizerClass = "tokenizer_class"
    case beginningOfText = "bos_token"
    case endOfText = "eos_token"
    case addsBeginning = "add_bos_token"
    case addsEnd = "add_eos_token"
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

// MARK: The first token and the last

extension TokenizerConfig {
  func end(_ vocabulary: TokenizerVocabulary) throws(TokenizerProblem) -> Int {
    if let name = endOfText?.text {
      return try vocabulary.id(of: name, in: "eos_token of tokenizer_config.json")
    }
    for usual in ["</s>", "<|endoftext|>", "<|end_of_text|>"] {
      if let id = vocabulary[usual] { return id }
    }
    throw .noEndOfText
  }
}

extension TokenizerFile {
  /// The id that is put before a text; nil if none is.
  ///
  /// transformers 4.45 has a class for Llama that asks the config and not the file, and takes it
  /// where the config names no class. Every other class goes by the file.
  func beginningOfText(
    _ config: TokenizerConfig, _ vocabulary: TokenizerVocabulary
  ) throws(TokenizerProblem) -> Int? {
    let names = config.tokenizerClass.map { ["LlamaTokenizer", "LlamaTokenizerFast"].contains($0) }
    guard names ?? (vocabulary["<s>"] != nil) else {
      return try firstOfTemplate(below: vocabulary.tokens.count)
    }
    let of = " of tokenizer_config.json"
    guard config.addsEnd != true else {
      throw .unsupported(field: "add_eos_token" + of, found: "true", accepted: "false")
    }
    guard config.addsBeginning ?? true else { return nil }
    return try vocabulary.id(of: config.beginningOfText?.text ?? "<s>", in: "bos_token" + of)
  }

  /// The id that the template puts before a text. Other templates, such as one with a token behind
  /// the text, are refused.
  private func firstOfTemplate(below count: Int) throws(TokenizerProblem) -> Int? {
    var first: Int?
    let field = "post_processor"
    for part in postProcessor?.processors ?? postProcessor.map({ [$0] }) ?? []
    where part.type != "ByteLevel" {
      guard part.type == "TemplateProcessing", first == nil else {
        throw .unsupported(
          field: field, found: quoted(part.type), accepted: "one \"TemplateProcessing\"")
      }
      let names = (part.single ?? []).map { $0.specialToken?.id }
      guard names == [nil] || (names.count == 2 && names[0] != nil && names[1] == nil) else {
        throw .unsupported(
          field: field + ".single", found: "of another form",
          accepted: "a special token, then the text")
      }
      guard let name = names[0] else { continue }
      let ids = part.specialTokens?[name]?.ids ?? []
      guard ids.count == 1, (0..<count).contains(ids[0]) else {
        throw .unknownToken(field: field + ".special_tokens", name: name)
      }
      first = ids[0]
    }
    return first
  }
}

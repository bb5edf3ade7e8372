/// Which class of transformers reads a tokenizer: as tokenizer_config.json names it, or else config.json.
///
/// Some build anew what tokenizer.json says, each in its own way; others than these are refused.
enum TokenizerClass: String, CaseIterable {
  case llama = "LlamaTokenizer"
  case codeLlama = "CodeLlamaTokenizer"
  case gpt2 = "GPT2Tokenizer"
  case qwen2 = "Qwen2Tokenizer"
  /// Any: what stands in the file.
  case plain = "PreTrainedTokenizer"

  /// nil where neither file names one.
  init?(_ config: JSON, _ model: JSON) throws {
    let (first, second) = (try config["tokenizer_class"], try model["tokenizer_class"])
    guard let field = first.ifThere ?? second.ifThere else { return nil }
    let name = try field.string()
    // Of each there is a fast one, in Rust, and that is the one that is followed.
    guard let own = Self(rawValue: name.hasSuffix("Fast") ? String(name.dropLast(4)) : name) else {
      throw field.unsupported(
        Self.allCases.map(\.rawValue).joined(separator: ", ") + ", each with or without Fast")
    }
    self = own
  }
}

/// The first token of a text and the last, as tokenizer_config.json and the template of tokenizer.json say.
///
///     differs    where no file names a last token, transformers has none, and one of the usual names is
///                taken here
extension Tokenizer {
  static func end(
    _ file: JSON, _ files: AddedTokenFiles, _ vocabulary: TokenizerVocabulary
  ) throws -> Int {
    if let (name, field) = try files.special("eos_token") {
      return try vocabulary.id(of: name, in: field)
    }
    for usual in ["</s>", "<|endoftext|>", "<|end_of_text|>"] {
      if let id = vocabulary[usual] { return id }
    }
    throw FileError(
      file.file, "has no token that ends a text",
      "name it as eos_token in tokenizer_config.json")
  }

  /// The id that is put before a text; nil if none is.
  ///
  /// The classes for Llama ask the config and not the file, and one is taken where no class is named. The
  /// others go by the file.
  static func beginning(
    _ file: JSON, _ config: JSON, _ files: AddedTokenFiles, _ readBy: TokenizerClass?,
    _ vocabulary: TokenizerVocabulary
  ) throws -> Int? {
    let isLlama = readBy.map { $0 == .llama || $0 == .codeLlama }
    guard isLlama ?? (vocabulary["<s>"] != nil) else {
      return try firstOfTemplate(file["post_processor"], below: vocabulary.tokens.count)
    }
    if let adds = try config["add_eos_token"].ifThere, try adds.bool() {
      throw adds.unsupported("false")
    }
    guard try config["add_bos_token"].ifThere?.bool() ?? true else { return nil }
    guard let (name, field) = try files.special("bos_token") else {
      return try vocabulary.id(of: "<s>", in: config["bos_token"])
    }
    return try vocabulary.id(of: name, in: field)
  }

  /// The id that the template puts before a text. Other templates, such as one with a token behind
  /// the text, are refused.
  private static func firstOfTemplate(
    _ processor: JSON, below count: Int
  ) throws -> Int? {
    var first: Int?
    let parts = try processor.ifThere?["processors"].ifThere?.array()
    for part in parts ?? [processor].compactMap(\.ifThere) {
      let type = try part["type"].string()
      if type == "ByteLevel" { continue }
      guard type == "TemplateProcessing", first == nil else {
        throw processor.error(
          "is \(quoted(type))", "supported: one \"TemplateProcessing\"")
      }
      let single = try part["single"]
      let names = try single.ifThere?.array().map { try $0["SpecialToken"].ifThere?["id"].string() }
      guard names == [nil] || (names?.count == 2 && names?[0] != nil && names?[1] == nil) else {
        throw single.error("has another form", "supported: a special token, then the text")
      }
      guard let name = names?.first ?? nil else { continue }
      let special = try part["special_tokens"]
      let ids = try special[name].ifThere?["ids"].ints() ?? []
      guard ids.count == 1, (0..<count).contains(ids[0]) else { throw special.unknownToken(name) }
      first = ids[0]
    }
    return first
  }
}

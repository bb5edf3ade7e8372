import Foundation

// tokenizer.json, checked: every field that could change an id is understood or refused by name.
//
//     read       docs/50-files.md
//     check      Tests/TinyReFTTests/Formats/TokenizerChecksTests.swift

extension Tokenizer {
  /// Checks every field that could change an id; `end` is the config's name for the last token.
  init(_ file: TokenizerFile, end: String?) throws(TokenizerProblem) {
    try file.checkSupported()
    let tokens = try file.tokens()
    var byteIDs = [Int?](repeating: nil, count: 256)
    for (text, id) in file.model.vocab {
      if let spelling = ByteAlphabet.bytes(of: text), spelling.count == 1 {
        byteIDs[Int(spelling[0])] = id
      }
    }
    if let missing = byteIDs.firstIndex(of: nil) { throw .missingByte(UInt8(missing)) }
    self.init(
      spellings: tokens.map { ByteAlphabet.bytes(of: $0) ?? Array($0.utf8) },
      byteIDs: byteIDs.compactMap(\.self),
      addedTokens: file.addedTokens.map {
        AddedToken(text: $0.content, id: $0.id, isSpecial: $0.special)
      },
      beginningOfText: try file.firstOfTemplate(below: tokens.count),
      endOfText: try Self.endOfText(named: end, in: tokens))
  }

  private static func endOfText(
    named name: String?, in tokens: [String]
  ) throws(TokenizerProblem) -> Int {
    if let name {
      guard let id = tokens.firstIndex(of: name) else {
        throw .unknownToken(field: "eos_token of tokenizer_config.json", name: name)
      }
      return id
    }
    for usual in ["</s>", "<|endoftext|>", "<|end_of_text|>"] {
      if let id = tokens.firstIndex(of: usual) { return id }
    }
    throw .noEndOfText
  }
}

extension TokenizerFile {
  /// Throws at the first field that asks for what is not built here.
  fileprivate func checkSupported() throws(TokenizerProblem) {
    try Self.require(model.type == "BPE", "model.type", quoted(model.type), "\"BPE\"")
    let merges = model.merges.count
    try Self.require(merges == 0, "model.merges", "with \(merges) merges", "an empty list")
    try Self.require(model.ignoreMerges != true, "model.ignore_merges", "true", "false")
    let normal = normalizer.map { quoted($0.type) } ?? "null"
    try Self.require(normalizer == nil, "normalizer", normal, "null")
    for (field, part) in [("pre_tokenizer", preTokenizer), ("decoder", decoder)] {
      let found = part.map { quoted($0.type) } ?? "null"
      try Self.require(part?.type == "ByteLevel", field, found, "\"ByteLevel\"")
    }
    let (space, words) = (preTokenizer?.addPrefixSpace, preTokenizer?.useRegex)
    try Self.require(space == false, "pre_tokenizer.add_prefix_space", "true", "false")
    try Self.require(words == false, "pre_tokenizer.use_regex", "true", "false")
    for token in addedTokens {
      let plain = token.singleWord != true && token.lstrip != true && token.rstrip != true
      let field = "single_word, lstrip or rstrip of \(quoted(token.content)) in added_tokens"
      try Self.require(plain, field, "true", "false")
    }
  }

  private static func require(
    _ condition: Bool, _ field: String, _ found: String, _ accepted: String
  ) throws(TokenizerProblem) {
    guard condition else { throw .unsupported(field: field, found: found, accepted: accepted) }
  }

  /// The text of every token, by id.
  fileprivate func tokens() throws(TokenizerProblem) -> [String] {
    let added = Set(addedTokens.map(\.content))
    var byID: [Int: String] = [:]
    for (text, id) in model.vocab.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
      let known = added.contains(text) || ByteAlphabet.bytes(of: text) != nil
      try Self.require(known, "model.vocab", quoted(text), "the byte-level alphabet")
      guard byID.updateValue(text, forKey: id) == nil else { throw .clash(id: id, token: text) }
    }
    var ids = model.vocab
    for token in addedTokens {
      guard !token.content.isEmpty else { throw .emptyToken(id: token.id) }
      let (sameID, sameText) = (byID[token.id], ids.updateValue(token.id, forKey: token.content))
      guard sameID ?? token.content == token.content, sameText ?? token.id == token.id else {
        throw .clash(id: token.id, token: token.content)
      }
      byID[token.id] = token.content
    }
    let sorted = byID.sorted { $0.key < $1.key }
    for (expected, (id, text)) in sorted.enumerated() where id != expected {
      throw .absurdID(id, token: text)
    }
    return sorted.map(\.value)
  }

  /// The id that the template puts before a text. Other templates, such as one with a token behind
  /// the text, are refused.
  fileprivate func firstOfTemplate(below count: Int) throws(TokenizerProblem) -> Int? {
    var first: Int?
    for part in postProcessor?.processors ?? postProcessor.map({ [$0] }) ?? []
    where part.type != "ByteLevel" {
      let field = "post_processor"
      try Self.require(
        part.type == "TemplateProcessing" && first == nil, field, quoted(part.type),
        "one \"TemplateProcessing\"")
      let names = (part.single ?? []).map { $0.specialToken?.id }
      let fits = names == [nil] || (names.count == 2 && names[0] != nil && names[1] == nil)
      try Self.require(fits, field + ".single", "of another form", "a special token, then the text")
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

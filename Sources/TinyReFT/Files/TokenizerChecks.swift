// tokenizer.json, checked: every field that could change an id is understood or refused by name. The
// steps around the model are checked in TokenizerSteps.swift, the first and last token in
// TokenizerConfig.swift.

extension Tokenizer {
  /// Checks every field that could change an id. `members` are those of `model.vocab`.
  init(
    _ file: TokenizerFile, _ members: [JSONChecker.Member], _ config: TokenizerConfig
  ) throws(TokenizerProblem) {
    try file.model.checkSupported()
    let vocabulary = try TokenizerVocabulary(members, added: file.addedTokens)
    self.init(
      tokens: vocabulary.tokens,
      addedTokens: file.addedTokens.map(AddedToken.init),
      normalizer: try file.spaceMarker(),
      preTokenizers: try file.preTokenizers(),
      model: try BytePairEncoding(file.model, vocabulary),
      decoder: try file.tokenDecoder(),
      beginningOfText: try file.beginningOfText(config, vocabulary),
      endOfText: try config.end(vocabulary))
  }
}

extension AddedToken {
  fileprivate init(_ token: TokenizerFile.AddedToken) {
    self.init(
      text: token.content, id: token.id, isSpecial: token.special,
      isNormalized: token.normalized == true, isSingleWord: token.singleWord == true,
      takesSpacesBefore: token.lstrip == true, takesSpacesBehind: token.rstrip == true)
  }
}

/// Throws unless a field is as it must be.
private func require(
  _ condition: Bool, _ field: String, _ found: String, _ accepted: String
) throws(TokenizerProblem) {
  guard condition else { throw .unsupported(field: field, found: found, accepted: accepted) }
}

// MARK: The model

extension TokenizerFile.Model {
  fileprivate func checkSupported() throws(TokenizerProblem) {
    try require(type == "BPE", "model.type", quoted(type), "\"BPE\"")
    try require((dropout ?? 0) == 0, "model.dropout", "\(dropout ?? 0)", "null")
    for (field, mark) in [
      ("continuing_subword_prefix", continuingSubwordPrefix ?? ""),
      ("end_of_word_suffix", endOfWordSuffix ?? ""),
    ] { try require(mark.isEmpty, "model." + field, quoted(mark), "null") }
  }
}

extension BytePairEncoding {
  fileprivate init(
    _ model: TokenizerFile.Model, _ vocabulary: TokenizerVocabulary
  ) throws(TokenizerProblem) {
    func id(_ token: [Unicode.Scalar], _ field: String) throws(TokenizerProblem) -> Int {
      guard let id = vocabulary.ids[token] else {
        throw .unknownToken(field: field, name: String(String.UnicodeScalarView(token)))
      }
      return id
    }
    var merges: [Pair: Merge] = [:]
    merges.reserveCapacity(model.merges.count)
    for (rank, merge) in model.merges.enumerated() {
      guard merge.count == 2 else {
        let found = quoted(merge.joined(separator: " "))
        throw .unsupported(field: "model.merges", found: found, accepted: "two tokens a line")
      }
      let (left, right) = (Array(merge[0].unicodeScalars), Array(merge[1].unicodeScalars))
      let pair = Pair(left: try id(left, "model.merges"), right: try id(right, "model.merges"))
      merges[pair] = Merge(rank: rank, joined: try id(left + right, "model.merges"))
    }
    let bytes = (0...255).map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return vocabulary.ids[Array("<0x\(byte < 16 ? "0" : "")\(digits)>".unicodeScalars)]
    }
    self.init(
      ids: vocabulary.ids, merges: merges, byteIDs: model.byteFallback == true ? bytes : [],
      unknown: try model.unkToken.map { text throws(TokenizerProblem) in
        try id(Array(text.unicodeScalars), "model.unk_token")
      },
      fusesUnknown: model.fuseUnk == true, takesWholeWords: model.ignoreMerges == true)
  }
}

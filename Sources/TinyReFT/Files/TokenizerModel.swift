/// The `model` of tokenizer.json: the tokens, the merges and the rules for what has no token.
///
///     format     JSON
///     differs    dropout and marks inside or at the end of words are read to be refused
extension TokenizerFile {
  struct Model: Codable {
    var type: String
    /// For writing. Reading leaves it empty, because a dictionary of strings folds two spellings of
    /// one character into one key; see `TokenizerVocabulary`.
    var vocab: [String: Int] = [:]
    /// Pairs of tokens to be joined, most wanted first.
    var merges: [Merge] = []
    var unkToken: String?
    var fuseUnk: Bool?
    var byteFallback: Bool?
    var ignoreMerges: Bool?
    var dropout: Double?
    var continuingSubwordPrefix: String?
    var endOfWordSuffix: String?

    enum CodingKeys: String, CodingKey {
      case type, vocab, merges, dropout
      case unkToken = "unk_token"
      case fuseUnk = "fuse_unk"
      case byteFallback = "byte_fallback"
      case ignoreMerges = "ignore_merges"
      case continuingSubwordPrefix = "continuing_subword_prefix"
      case endOfWordSuffix = "end_of_word_suffix"
    }
  }

  /// The two tokens of a merge, or what stands there instead.
  typealias Merge = [String]
}

extension TokenizerFile.Model {
  /// Looks at the type first: a model of another one has another `vocab`, and is refused later.
  init(from decoder: any Swift.Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(type: try fields.decode(String.self, forKey: .type))
    guard type == "BPE" else { return }
    _ = try fields.nestedContainer(keyedBy: CodingKeys.self, forKey: .vocab)
    // Newer files write a merge as ["a", "b"], older ones as "a b".
    if let lines = try? fields.decode([String].self, forKey: .merges) {
      merges = lines.filter { !$0.utf8.starts(with: "#version".utf8) }.map(Self.halves)
    } else {
      merges = try fields.decode([[String]].self, forKey: .merges)
    }
    unkToken = try fields.decodeIfPresent(String.self, forKey: .unkToken)
    fuseUnk = try fields.decodeIfPresent(Bool.self, forKey: .fuseUnk)
    byteFallback = try fields.decodeIfPresent(Bool.self, forKey: .byteFallback)
    ignoreMerges = try fields.decodeIfPresent(Bool.self, forKey: .ignoreMerges)
    dropout = try fields.decodeIfPresent(Double.self, forKey: .dropout)
    continuingSubwordPrefix = try fields.decodeIfPresent(
      String.self, forKey: .continuingSubwordPrefix)
    endOfWordSuffix = try fields.decodeIfPresent(String.self, forKey: .endOfWordSuffix)
  }

  /// Cut at every space, by bytes: to Swift a space and an accent behind it are one character.
  private static func halves(_ line: String) -> [String] {
    line.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      .map { String(Substring($0)) }
  }
}

/// tokenizer.json, field by field: the parts that we read and write, under Swift's names.
///
///     format     JSON; a part such as `decoder` is an object whose `type` says what it is
///     differs    fields that change no id here (padding, truncation) are not read
///     read       docs/50-files.md
///     check      Tests/TinyReFTTests/Formats/TokenizerDirectoryTests.swift
struct TokenizerFile: Codable {
  var version: String?
  var addedTokens: [AddedToken]
  var normalizer: Part?
  var preTokenizer: Part?
  var postProcessor: Part?
  var decoder: Part?
  var model: Model

  enum CodingKeys: String, CodingKey {
    case version, normalizer, decoder, model
    case addedTokens = "added_tokens"
    case preTokenizer = "pre_tokenizer"
    case postProcessor = "post_processor"
  }

  struct AddedToken: Codable {
    var id: Int
    var content: String
    var special: Bool
    /// The token must stand alone, between spaces or marks.
    var singleWord: Bool?
    /// The token takes the spaces before it, or behind it, with it.
    var lstrip: Bool?
    var rstrip: Bool?
    /// The token is looked for after the normaliser, not before.
    var normalized: Bool?

    enum CodingKeys: String, CodingKey {
      case id, content, special, lstrip, rstrip, normalized
      case singleWord = "single_word"
    }
  }

  struct Model: Codable {
    var type: String
    var vocab: [String: Int]
    /// Pairs of tokens to be joined, most wanted first.
    var merges: [Merge]
    /// A whole word that is in the vocabulary is a token at once, without merges.
    var ignoreMerges: Bool?

    enum CodingKeys: String, CodingKey {
      case type, vocab, merges
      case ignoreMerges = "ignore_merges"
    }

    /// Counted, and so far not read.
    struct Merge: Codable {}
  }

  /// Any of the other parts; which fields it has depends on its type.
  struct Part: Codable {
    var type: String
    /// ByteLevel: puts a space in front of the text.
    var addPrefixSpace: Bool?
    /// ByteLevel: cuts the text into words, which no merge crosses. Missing means yes.
    var useRegex: Bool?
    /// ByteLevel: concerns the places of tokens in the text, not the tokens.
    var trimOffsets: Bool?
    /// Sequence: post-processors that follow one another.
    var processors: [Part]?
    /// TemplateProcessing: what stands around one text, and around two.
    var single: [TemplateItem]?
    var pair: [TemplateItem]?
    /// TemplateProcessing: the ids of the special tokens that the templates name.
    var specialTokens: [String: TemplateToken]?

    enum CodingKeys: String, CodingKey {
      case type, processors, single, pair
      case addPrefixSpace = "add_prefix_space"
      case useRegex = "use_regex"
      case trimOffsets = "trim_offsets"
      case specialTokens = "special_tokens"
    }
  }

  /// One of the two: a special token, or the text `A` or `B`.
  struct TemplateItem: Codable {
    var specialToken: Name?
    var sequence: Name?

    enum CodingKeys: String, CodingKey {
      case specialToken = "SpecialToken"
      case sequence = "Sequence"
    }

    struct Name: Codable {
      var id: String
      var typeID: Int

      enum CodingKeys: String, CodingKey {
        case id
        case typeID = "type_id"
      }
    }
  }

  struct TemplateToken: Codable {
    var id: String
    var ids: [Int]
    var tokens: [String]
  }
}

extension TokenizerFile.Model {
  /// Looks at the type first: a model of another one has another `vocab`, and is refused later.
  init(from decoder: any Swift.Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    let type = try fields.decode(String.self, forKey: .type)
    self.init(type: type, vocab: [:], merges: [])
    guard type == "BPE" else { return }
    vocab = try fields.decode([String: Int].self, forKey: .vocab)
    merges = try fields.decode([Merge].self, forKey: .merges)
    ignoreMerges = try fields.decodeIfPresent(Bool.self, forKey: .ignoreMerges)
  }
}

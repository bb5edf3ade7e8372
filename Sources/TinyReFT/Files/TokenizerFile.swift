/// tokenizer.json, field by field: the parts that we read and write, under Swift's names.
///
///     format     JSON; a part such as `decoder` is an object whose `type` says what it is
///     differs    fields that change no id here (padding, truncation) are not read
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

  /// `TinyReFT.AddedToken` in the file's words.
  struct AddedToken: Codable {
    var id: Int
    var content: String
    var special: Bool
    var singleWord: Bool?
    var lstrip: Bool?
    var rstrip: Bool?
    var normalized: Bool?

    enum CodingKeys: String, CodingKey {
      case id, content, special, lstrip, rstrip, normalized
      case singleWord = "single_word"
    }
  }

  /// Any part but the model; which fields it has depends on its type, so that two are equal only if
  /// they do the same.
  struct Part: Codable, Equatable {
    var type: String
    /// Sequence: parts that follow one another, under four names.
    var normalizers: [Part]?
    var pretokenizers: [Part]?
    var processors: [Part]?
    var decoders: [Part]?
    /// Prepend: what is put in front of a text.
    var prepend: String?
    /// Replace: what is looked for and what is put there. Strip: what is taken away. Split: where.
    var pattern: Pattern?
    var content: String?
    /// Strip: how often from the front, and from the end.
    var start: Int?
    var stop: Int?
    /// Split: what becomes of the matches.
    var behavior: String?
    var invert: Bool?
    /// Digits: whether each digit stands alone.
    var individualDigits: Bool?
    /// Metaspace: the mark, where it is put in front, and whether it begins a word (missing: yes).
    var replacement: String?
    var prependScheme: String?
    var split: Bool?
    /// ByteLevel, and older Metaspace: puts a space in front of the text.
    var addPrefixSpace: Bool?
    /// ByteLevel: cuts the text into words, as GPT-2 does (missing: yes).
    var useRegex: Bool?
    /// ByteLevel: concerns the places of tokens in the text, not the tokens.
    var trimOffsets: Bool?
    /// TemplateProcessing: what stands around one text, and around two.
    var single: [TemplateItem]?
    var pair: [TemplateItem]?
    /// TemplateProcessing: the ids of the special tokens that the templates name.
    var specialTokens: [String: TemplateToken]?

    enum CodingKeys: String, CodingKey {
      case type, normalizers, pretokenizers, processors, decoders, prepend, pattern, content, start
      case stop, behavior, invert, replacement, split, single, pair
      case individualDigits = "individual_digits"
      case prependScheme = "prepend_scheme"
      case addPrefixSpace = "add_prefix_space"
      case useRegex = "use_regex"
      case trimOffsets = "trim_offsets"
      case specialTokens = "special_tokens"
    }
  }

  /// One of the two: a text as it stands, or a regular expression.
  struct Pattern: Codable, Equatable {
    var string: String?
    var regex: String?

    enum CodingKeys: String, CodingKey {
      case string = "String"
      case regex = "Regex"
    }
  }

  /// One of the two: a special token, or the text `A` or `B`.
  struct TemplateItem: Codable, Equatable {
    var specialToken: Name?
    var sequence: Name?

    enum CodingKeys: String, CodingKey {
      case specialToken = "SpecialToken"
      case sequence = "Sequence"
    }

    struct Name: Codable, Equatable {
      var id: String
      var typeID: Int

      enum CodingKeys: String, CodingKey {
        case id
        case typeID = "type_id"
      }
    }
  }

  struct TemplateToken: Codable, Equatable {
    var id: String
    var ids: [Int]
    var tokens: [String]
  }
}

import Foundation

/// A tokenizer in a Hugging Face directory: any that is understood is read.
///
/// Every field that could change an id is understood or refused by its name. The steps around the model are
/// in TokenizerSteps.swift, the first token and the last in TokenizerEnds.swift.
///
///     format     tokenizer.json: the tokens and every step from text to ids
///                tokenizer_config.json: which token begins a text and which ends it; may be missing
///     differs    of the models only BPE is read. Fields that change no id here (padding, truncation) are
///                not looked at
extension Tokenizer {
  static let file = "tokenizer.json"
  static let configuration = "tokenizer_config.json"

  /// Reads the directory that `AutoTokenizer.from_pretrained` would be given.
  public static func read(directory: URL) throws -> Tokenizer {
    let main = directory.appending(path: file)
    let side = directory.appending(path: configuration)
    let old = directory.appending(path: "tokenizer.model")
    guard kind(of: main) != nil || kind(of: old) == nil else {
      throw FileError(
        old, "is SentencePiece's own file, which is not read",
        "in Python, from_pretrained(folder).save_pretrained(folder) of transformers' AutoTokenizer "
          + "writes tokenizer.json")
    }
    let bytes = try readBytes(main)
    let config = try readIfThere(side)
    let file = try JSON(bytes, of: main)
    let model = try readIfThere(directory.appending(path: LlamaConfiguration.file))
    return try Tokenizer(
      file, bytes, config, AddedTokenFiles(directory, file, config), TokenizerClass(config, model))
  }

  private static func readIfThere(_ url: URL) throws -> JSON {
    kind(of: url) == nil ? try JSON("{}".utf8, of: url) : try JSON.read(url)
  }

  private init(
    _ file: JSON, _ bytes: [UInt8], _ config: JSON, _ files: AddedTokenFiles,
    _ readBy: TokenizerClass?
  ) throws {
    // An added token in a text would be spelled.
    if let splits = try config["split_special_tokens"].ifThere, try splits.bool() {
      throw splits.unsupported("false")
    }
    let model = try file["model"]
    try Self.checkModel(model)
    let own = try file["added_tokens"].array().map { try AddedToken($0, id: $0["id"].int()) }
    var vocabulary = try TokenizerVocabulary(bytes, model["vocab"], added: own)
    let added = try files.tokens(own, &vocabulary)
    let normalizer = try SpaceMarker(normalizer: file["normalizer"])
    var steps = try PreTokenizer.steps(file["pre_tokenizer"], after: file["normalizer"])
    try PreTokenizer.addSpace(
      &steps, after: normalizer, config["add_prefix_space"], readBy, file["pre_tokenizer"])
    self.init(
      tokens: vocabulary.tokens, addedTokens: added, normalizer: normalizer, preTokenizers: steps,
      model: try BytePairEncoding(model, vocabulary),
      decoder: try TokenDecoder(file["decoder"]),
      beginningOfText: try Self.beginning(file, config, files, readBy, vocabulary),
      endOfText: try Self.end(file, files, vocabulary))
  }

  /// Refuses what is not built here: dropout, and marks inside words or at their ends.
  private static func checkModel(_ model: JSON) throws {
    let type = try model["type"]
    guard try type.string() == "BPE" else { throw type.unsupported("\"BPE\"") }
    if let dropout = try model["dropout"].ifThere, try dropout.number() != 0 {
      throw dropout.unsupported("null")
    }
    for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let mark = try model[name].ifThere, try !mark.string().isEmpty {
        throw mark.unsupported("null")
      }
    }
  }
}

extension BytePairEncoding {
  fileprivate init(_ model: JSON, _ vocabulary: TokenizerVocabulary) throws {
    func id(_ token: [Unicode.Scalar], _ field: JSON) throws -> Int {
      guard let id = vocabulary.ids[token] else {
        throw field.unknownToken(String(String.UnicodeScalarView(token)))
      }
      return id
    }
    var (merges, rank) = ([Pair: Merge](), 0)
    let all = try model["merges"]
    for line in try all.array() {
      guard let halves = try Self.halves(line) else { continue }
      guard halves.count == 2 else { throw line.unsupported("two tokens a line") }
      let (left, right) = (Array(halves[0].unicodeScalars), Array(halves[1].unicodeScalars))
      let pair = Pair(left: try id(left, all), right: try id(right, all))
      merges[pair] = Merge(rank: rank, joined: try id(left + right, all))
      rank += 1
    }
    let bytes = (0...255).map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return vocabulary.ids[Array("<0x\(byte < 16 ? "0" : "")\(digits)>".unicodeScalars)]
    }
    let unknown = try model["unk_token"].ifThere
    self.init(
      ids: vocabulary.ids, merges: merges,
      byteIDs: try model["byte_fallback"].ifThere?.bool() == true ? bytes : [],
      unknown: try unknown.map { try id(Array($0.string().unicodeScalars), $0) },
      fusesUnknown: try model["fuse_unk"].ifThere?.bool() == true,
      takesWholeWords: try model["ignore_merges"].ifThere?.bool() == true)
  }

  /// The two tokens of a merge, or what stands there instead: newer files write ["a", "b"], older ones
  /// "a b". Cut at every space, by bytes: to Swift a space and an accent behind it are one character.
  private static func halves(_ line: JSON) throws -> [String]? {
    guard !line.isString else {
      let text = try line.string().utf8
      if text.starts(with: "#version".utf8) { return nil }
      return text.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        .map { String(Substring($0)) }
    }
    return try line.strings()
  }
}

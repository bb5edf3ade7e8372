import Foundation

/// Which tokens are added, and which are special, where several files say so: put together as transformers
/// 4.45 does, so that every text gets the same ids.
///
/// A token that is named again takes the place of the one with its text, and keeps its id; one that no
/// file has an id for gets the next.
///
///     format     tokenizer.json: added_tokens. Then tokenizer_config.json: added_tokens_decoder, as
///                {"7": {"content": "<|im_end|>", …}}; or, only where there is none, what was written
///                before there was: added_tokens.json, as {"<|im_end|>": 7}, and special_tokens_map.json,
///                which goes before tokenizer_config.json. Then bos_token, eos_token, … and
///                additional_special_tokens, so far as they are none of these yet
///     differs    ids are not taken from these files but counted on, as there, so that a file whose ids
///                have gaps gives the same ids as there
struct AddedTokenFiles {
  private let file, config: JSON
  private let olderTokens, olderNames: JSON?

  init(_ directory: URL, _ file: JSON, _ config: JSON) throws {
    (self.file, self.config) = (file, config)
    let isNew = try config["added_tokens_decoder"].ifThere != nil
    func older(_ name: String) throws -> JSON? {
      let url = directory.appending(path: name)
      return kind(of: url) != nil && !isNew ? try JSON.read(url) : nil
    }
    olderTokens = try older("added_tokens.json")
    olderNames = try older("special_tokens_map.json")
  }

  /// A special token by its role, such as eos_token, and the field that names it; nil if none does.
  func special(_ role: String) throws -> (text: String, field: JSON)? {
    guard let field = try field(role) else { return nil }
    return (try Self.text(field), field)
  }

  private func field(_ role: String) throws -> JSON? {
    if let olderNames, try olderNames.keys().contains(role) {
      return try olderNames[role].ifThere
    }
    return try config[role].ifThere
  }

  /// Written as a string, or as an object with the string as its `content`.
  private static func text(_ field: JSON) throws -> String {
    try field.isObject ? field["content"].string() : field.string()
  }

  /// All added tokens by their ids. `vocabulary` has those of tokenizer.json, and gets the others.
  func tokens(
    _ own: [AddedToken], _ vocabulary: inout TokenizerVocabulary
  ) throws -> [AddedToken] {
    var tokens = Dictionary(own.map { ($0.id, $0) }) { _, last in last }
    func add(_ token: AddedToken, _ field: JSON) throws {
      let id = try vocabulary.add(token.text, in: field)
      tokens[id] = token
      tokens[id]?.id = id
    }
    let special = try specialTokens()
    let names = Set(special.map(\.token.bytes))
    let later = try later(own, names)
    let laterTexts = Set(later.map(\.token.bytes))
    for (var token, field) in later {
      token.isSpecial = token.isSpecial || names.contains(token.bytes)
      try add(token, field)
    }
    let known = Set(tokens.values.map(\.bytes))
    for (token, field, isEnd) in special {
      // One that begins or ends a text has to be there already: a new one would be no row of the model.
      if isEnd && vocabulary[token.text] == nil { continue }
      if !(field.isObject ? laterTexts : known).contains(token.bytes) { try add(token, field) }
    }
    return tokens.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Those of `added_tokens_decoder`, or all others that have an id, in the order of their ids.
  /// `names` are those of special tokens, which are looked for as they are written.
  private func later(
    _ own: [AddedToken], _ names: Set<[UInt8]>
  ) throws -> [(token: AddedToken, field: JSON)] {
    var later: [Int: (token: AddedToken, field: JSON)] = [:]
    if let decoder = try config["added_tokens_decoder"].ifThere {
      for key in try decoder.keys() {
        guard let id = Int(key) else { throw decoder.error("names \(quoted(key))", "use ids") }
        let name = try decoder[key]["content"].string()
        let isSpecial = names.contains(Array(name.utf8)) ? true : nil
        later[id] = (try AddedToken(decoder[key], isSpecial: isSpecial), try decoder[key])
      }
    } else {
      for text in try olderTokens?.keys() ?? [] {
        guard let field = try olderTokens?[text] else { continue }
        let token = AddedToken(text: text, id: 0, isNormalized: !names.contains(Array(text.utf8)))
        later[try field.int()] = (token, field)
      }
      for token in own { later[token.id] = (token, file) }
    }
    return later.sorted { $0.key < $1.key }.map(\.value)
  }

  /// What bos_token and the others name.
  private func specialTokens() throws -> [(token: AddedToken, field: JSON, isEnd: Bool)] {
    let roles = ["bos", "eos", "unk", "sep", "pad", "cls", "mask"]
    let one = try roles.compactMap { role in try field(role + "_token").map { (role, $0) } }
    let lists = [config, olderNames].compactMap(\.self)
    let more = try lists.flatMap { try $0["additional_special_tokens"].ifThere?.array() ?? [] }
    return try (one + more.map { ("", $0) }).map { role, field in
      let token =
        try field.isObject
        ? AddedToken(field, isSpecial: true)
        : AddedToken(text: field.string(), id: 0, isSpecial: true)
      return (token, field, role == "bos" || role == "eos")
    }
  }
}

extension AddedToken {
  /// By which texts are compared: strings are equal that have other bytes.
  fileprivate var bytes: [UInt8] { Array(text.utf8) }

  /// As tokenizer.json and added_tokens_decoder write it. What is not said is as transformers has it.
  init(_ token: JSON, id: Int = 0, isSpecial: Bool? = nil) throws {
    func isSet(_ name: String) throws -> Bool? { try token[name].ifThere?.bool() }
    let isSpecial = try isSpecial ?? isSet("special") ?? false
    self.init(
      text: try token["content"].string(), id: id, isSpecial: isSpecial,
      isNormalized: try isSet("normalized") ?? !isSpecial,
      isSingleWord: try isSet("single_word") ?? false,
      takesSpacesBefore: try isSet("lstrip") ?? false,
      takesSpacesBehind: try isSet("rstrip") ?? false)
  }
}

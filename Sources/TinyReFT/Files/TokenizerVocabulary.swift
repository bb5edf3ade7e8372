import Foundation

/// The tokens of a tokenizer.json and their ids, checked: no id is missing and none is given twice.
///
/// Built from the text of `model.vocab` and not by Foundation, whose dictionaries know only one of
/// two keys that Unicode calls equal, such as é and e with an accent. Llama 2 has six such pairs.
///
///     differs    ids must be 0, 1, 2, … without gaps; Hugging Face's lets gaps pass
struct TokenizerVocabulary {
  /// The text of every token, by id.
  private(set) var tokens: [String] = []

  /// The ids of `model.vocab`, which is all that merges see.
  private(set) var ids: [[Unicode.Scalar]: Int] = [:]

  /// The ids of added tokens too.
  private var allIDs: [[Unicode.Scalar]: Int] = [:]

  /// `bytes` are those of the whole file, in which `vocab` stands.
  init(_ bytes: [UInt8], _ vocab: JSON, added: [AddedToken]) throws {
    try vocab.requireObject()
    let path = vocab.path.split(separator: ".").map(String.init)
    var byID: [Int: String] = [:]
    func clash(_ token: String, _ id: Int) -> FileError {
      FileError(
        vocab.file, "gives \(quoted(token)) the id \(id), which does not agree with another token",
        "correct it")
    }
    for (text, value) in try KeyScanner.members(of: bytes, at: path, in: vocab.file) {
      let id = try Self.number(value) ?? vocab[text].int()
      guard byID.updateValue(text, forKey: id) == nil else { throw clash(text, id) }
      ids[Array(text.unicodeScalars)] = id
    }
    allIDs = ids
    for token in added {
      try Self.check(token.text, ", id \(token.id)", vocab.file)
      let other = byID.updateValue(token.text, forKey: token.id) ?? token.text
      let id = allIDs.updateValue(token.id, forKey: Array(token.text.unicodeScalars)) ?? token.id
      guard other.utf8.elementsEqual(token.text.utf8), id == token.id else {
        throw clash(token.text, token.id)
      }
    }
    for (expected, (id, text)) in byID.sorted(by: { $0.key < $1.key }).enumerated() {
      guard id == expected else {
        throw FileError(
          vocab.file,
          "gives \(quoted(text)) the id \(id), but ids must be 0, 1, 2, … without gaps",
          "correct it")
      }
      tokens.append(text)
    }
  }

  private static func check(_ text: String, _ id: String, _ file: URL) throws(FileError) {
    guard !text.isEmpty else {
      throw FileError(file, "has an added token without text\(id)", "remove it")
    }
    let most = AddedTokens.longest
    guard text.unicodeScalars.count <= most else {
      throw FileError(file, "has an added token of more than \(most) characters\(id)", "shorten it")
    }
  }

  /// The id of a token that another file adds: its own if there is one of that text, or else the next.
  mutating func add(_ text: String, in field: JSON) throws(FileError) -> Int {
    try Self.check(text, "", field.file)
    let key = Array(text.unicodeScalars)
    if let id = allIDs[key] { return id }
    allIDs[key] = tokens.count
    tokens.append(text)
    return tokens.count - 1
  }

  /// The id of a token, an added one or not; nil if there is none of that text.
  subscript(_ text: String) -> Int? { allIDs[Array(text.unicodeScalars)] }

  /// The same, where a field named the token and so promised that it exists.
  func id(of text: String, in field: JSON) throws -> Int {
    guard let id = self[text] else { throw field.unknownToken(text) }
    return id
  }

  /// A whole number as JSON writes it; the scanner may have left space around it.
  private static func number(_ value: ArraySlice<UInt8>) -> Int? {
    Int(String(decoding: value.filter { !" \t\r\n".utf8.contains($0) }, as: UTF8.self))
  }
}

extension JSON {
  /// A token is named here, by its text or by its id, that does not exist.
  func unknownToken(_ name: String) -> FileError {
    error(
      "names \(quoted(name)), but no token is called so", "add it or correct the name")
  }
}

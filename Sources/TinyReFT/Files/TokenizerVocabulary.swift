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

  init(
    _ members: [JSONChecker.Member], added: [TokenizerFile.AddedToken]
  ) throws(TokenizerProblem) {
    var byID: [Int: String] = [:]
    for (text, value) in members {
      guard let id = Self.number(value) else {
        throw .json(.wrongType(path: "model.vocab.\(text)", expected: "a whole number"))
      }
      guard byID.updateValue(text, forKey: id) == nil else { throw .clash(id: id, token: text) }
      ids[Array(text.unicodeScalars)] = id
    }
    allIDs = ids
    for token in added {
      guard !token.content.isEmpty else { throw .emptyToken(id: token.id) }
      let most = AddedTokens.longest
      guard token.content.unicodeScalars.count <= most else {
        throw .longToken(id: token.id, most: most)
      }
      let other = byID.updateValue(token.content, forKey: token.id) ?? token.content
      let id = allIDs.updateValue(token.id, forKey: Array(token.content.unicodeScalars)) ?? token.id
      guard other.utf8.elementsEqual(token.content.utf8), id == token.id else {
        throw .clash(id: token.id, token: token.content)
      }
    }
    for (expected, (id, text)) in byID.sorted(by: { $0.key < $1.key }).enumerated() {
      guard id == expected else { throw .absurdID(id, token: text) }
      tokens.append(text)
    }
  }

  /// The id of a token, an added one or not; nil if there is none of that text.
  subscript(_ text: String) -> Int? { allIDs[Array(text.unicodeScalars)] }

  /// The same, where a field named the token and so promised that it exists.
  func id(of text: String, in field: String) throws(TokenizerProblem) -> Int {
    guard let id = self[text] else { throw .unknownToken(field: field, name: text) }
    return id
  }

  /// A whole number as JSON writes it; the checker may have left space around it.
  private static func number(_ value: ArraySlice<UInt8>) -> Int? {
    Int(String(decoding: value.filter { !" \t\r\n".utf8.contains($0) }, as: UTF8.self))
  }
}

import Foundation
import Testing

@testable import TinyReFT

@Suite("Tokenizer vocabulary (docs/51-tokenizer.md)")
struct TokenizerVocabularyTests {
  private let url = URL(filePath: "tokenizer.json")

  private func vocabulary(
    _ json: String, added: [AddedToken] = []
  ) throws -> TokenizerVocabulary {
    let bytes = Array(#"{"v":\#(json)}"#.utf8)
    return try TokenizerVocabulary(bytes, JSON(bytes, of: url)["v"], added: added)
  }

  @Test("é in both spellings are two tokens, which a dictionary of strings would fold")
  func spellings() throws {
    let both = try vocabulary(#"{"é": 0, "e\u0301": 1, "\u212b": 2 , "Å": 3}"#)
    #expect(both.tokens.map { Array($0.utf8).count } == [2, 3, 3, 2])
    #expect(both["\u{E9}"] == 0)
    #expect(both["e\u{301}"] == 1)
    #expect(
      [String: Int](both.ids.map { (String(String.UnicodeScalarView($0)), $1) }) { a, _ in a }.count
        == 2)
  }

  @Test("added tokens have ids, but merges do not see them unless they stand in the vocabulary too")
  func added() throws {
    let tokens = [("<s>", 1), ("b", 2)].map { AddedToken(text: $0, id: $1, isSpecial: true) }
    let all = try vocabulary(#"{"<s>": 1, "a": 0}"#, added: tokens)
    #expect(all.tokens == ["a", "<s>", "b"])
    #expect(all["b"] == 2)
    #expect(all.ids == [["a"]: 0, ["<", "s", ">"]: 1])
    let field = try JSON("{}".utf8, of: url)["x"]
    #expect(try all.id(of: "b", in: field) == 2)
    let message = #""x" names "c", but no token is called so; add it or correct the name"#
    expectError(url, message) { try all.id(of: "c", in: field) }
  }

  @Test("an added token of 128 characters is taken, and none that is longer")
  func long() throws {
    func token(_ length: Int) -> AddedToken {
      AddedToken(text: String(repeating: "x", count: length), id: 1)
    }
    #expect(try vocabulary(#"{"a": 0}"#, added: [token(128)]).tokens.count == 2)
    expectError(url, "has an added token of more than 128 characters, id 1; shorten it") {
      try vocabulary(#"{"a": 0}"#, added: [token(129)])
    }
  }

  @Test("an added token in another spelling than the vocabulary's is another token")
  func clash() {
    let token = AddedToken(text: "e\u{301}", id: 0)
    let message = #"gives "é" the id 0, which does not agree with another token; correct it"#
    expectError(url, message) { try vocabulary(#"{"é": 0}"#, added: [token]) }
  }
}

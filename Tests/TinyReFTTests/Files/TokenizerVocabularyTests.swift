import Testing

@testable import TinyReFT

@Suite("Tokenizer vocabulary (docs/51-tokenizer.md)")
struct TokenizerVocabularyTests {
  private func vocabulary(
    _ json: String, added: [TokenizerFile.AddedToken] = []
  ) throws -> TokenizerVocabulary {
    let members = try JSONChecker.check(Array(#"{"v":\#(json)}"#.utf8), members: ["v"])
    return try TokenizerVocabulary(members, added: added)
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
    let tokens = [("<s>", 1), ("b", 2)].map {
      TokenizerFile.AddedToken(id: $1, content: $0, special: true)
    }
    let all = try vocabulary(#"{"<s>": 1, "a": 0}"#, added: tokens)
    #expect(all.tokens == ["a", "<s>", "b"])
    #expect(all["b"] == 2)
    #expect(all.ids == [["a"]: 0, ["<", "s", ">"]: 1])
    #expect(try all.id(of: "b", in: "x") == 2)
    #expect(throws: TokenizerProblem.unknownToken(field: "x", name: "c")) {
      try all.id(of: "c", in: "x")
    }
  }

  @Test("an added token of 128 characters is taken, and none that is longer")
  func long() throws {
    func token(_ length: Int) -> TokenizerFile.AddedToken {
      .init(id: 1, content: String(repeating: "x", count: length), special: false)
    }
    #expect(try vocabulary(#"{"a": 0}"#, added: [token(128)]).tokens.count == 2)
    #expect(throws: TokenizerProblem.longToken(id: 1, most: 128)) {
      try vocabulary(#"{"a": 0}"#, added: [token(129)])
    }
  }

  @Test("an added token in another spelling than the vocabulary's is another token")
  func clash() {
    let token = TokenizerFile.AddedToken(id: 0, content: "e\u{301}", special: false)
    #expect(throws: TokenizerProblem.clash(id: 0, token: "é")) {
      try vocabulary(#"{"é": 0}"#, added: [token])
    }
  }
}

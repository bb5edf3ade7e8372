import Testing

@testable import TinyReFT

@Suite("Added tokens (docs/51-tokenizer.md)")
struct AddedTokensTests {
  /// The pieces of a text: tokens as their ids, the text between them in quotes.
  private func pieces(_ tokens: [AddedToken], _ text: String) -> String {
    AddedTokens(tokens).cut(Array(text.unicodeScalars)[...]).map { piece in
      switch piece {
      case .token(let id): "\(id)"
      case .text(let text): "'\(String(String.UnicodeScalarView(text)))'"
      }
    }.joined(separator: " ")
  }

  @Test("by hand: the leftmost is taken, and of these the longest")
  func longest() {
    let tokens = [AddedToken(text: "<a>", id: 1), AddedToken(text: "<a><b>", id: 2)]
    #expect(pieces(tokens, "x<a>y<a><b><a") == "'x' 1 'y' 2 '<a'")
    #expect(pieces(tokens, "<a><a><b>") == "1 2")
    #expect(pieces(tokens, "") == "")
  }

  @Test("spaces before and behind go with a token that takes them, of every kind but no more")
  func spaces() {
    let tokens = [
      AddedToken(text: "<l>", id: 1, takesSpacesBefore: true),
      AddedToken(text: "<r>", id: 2, takesSpacesBehind: true), AddedToken(text: "<x>", id: 3),
    ]
    #expect(pieces(tokens, "a \u{3000}\n<l> b") == "'a' 1 ' b'")
    #expect(pieces(tokens, "a <r> \t b") == "'a ' 2 'b'")
    #expect(pieces(tokens, "a <x> b") == "'a ' 3 ' b'")
    #expect(pieces(tokens, "<r> <l>") == "2 1", "the space was taken already")
  }

  @Test("a token that must stand alone does not touch a letter, a digit, a mark or an underscore")
  func singleWord() {
    let tokens = [AddedToken(text: "<w>", id: 1, isSingleWord: true)]
    #expect(pieces(tokens, "<w> <w>.") == "1 ' ' 1 '.'")
    for touching in ["a<w>", "<w>7", "é<w>", "<w>\u{301}", "_<w>", "<w>\u{200D}", "中<w>"] {
      #expect(pieces(tokens, touching) == "'\(touching)'")
    }
  }

  @Test("a spelling other than its own: as the normaliser would leave the token")
  func spelling() {
    let marker = SpaceMarker(front: .always)
    let tokens = AddedTokens(
      [AddedToken(text: "<n>", id: 1, isNormalized: true)], spelling: marker.mark)
    #expect(tokens.cut(Array("▁a▁<n>".unicodeScalars)[...]).last == .token(1))
    #expect(tokens.cut(Array("a<n>".unicodeScalars)[...]).count == 1)
  }
}

import Testing

@testable import TinyReFT

@Suite("Token decoder (docs/51-tokenizer.md)")
struct TokenDecoderTests {
  private func text(_ decoder: TokenDecoder, _ tokens: [String]) -> String {
    String(decoding: decoder.bytes(of: tokens, repaired: true), as: UTF8.self)
  }

  @Test("by hand: three ways back to \"a é\"")
  func workedExample() {
    #expect(text(.byteLevel, ["aĠ", "Ã", "©"]) == "a é")
    #expect(text(.byteFallback(dropsSpace: true), ["▁a", "▁", "<0xC3>", "<0xA9>"]) == "a é")
    #expect(text(.metaspace(dropsFirst: true), ["▁a", "▁é"]) == "a é")
  }

  @Test("bytes in a row that are no UTF-8 become one U+FFFD each, all of them; as bytes they stay")
  func brokenBytes() {
    // 61 is an a, but it stands in a row with a C3 that lacks its second byte.
    let (decoder, tokens) = (
      TokenDecoder.byteFallback(dropsSpace: false), ["<0x61>", "<0xC3>", "b"]
    )
    #expect(text(decoder, tokens) == "\u{FFFD}\u{FFFD}b")
    #expect(decoder.bytes(of: tokens, repaired: false) == [0x61, 0xC3, 0x62])
    #expect(text(decoder, ["<0xC3>", "b", "<0xA9>"]) == "\u{FFFD}b\u{FFFD}")
    #expect(text(decoder, ["<0xa>", "<0xGG>", "<0x61"]) == "<0xa><0xGG><0x61", "not of this form")
  }

  @Test("one space is dropped in front, or the first token's marks, or nothing")
  func front() {
    let tokens = ["▁▁", "▁a"]
    #expect(text(.byteFallback(dropsSpace: true), tokens) == "  a")
    #expect(text(.byteFallback(dropsSpace: false), tokens) == "   a")
    #expect(text(.metaspace(dropsFirst: true), tokens) == " a")
    #expect(text(.metaspace(dropsFirst: false), tokens) == "   a")
    #expect(text(.byteFallback(dropsSpace: true), ["<0x20>", "a"]) == "a")
    #expect(text(.byteFallback(dropsSpace: true), []) == "")
  }

  @Test("a token with a character from outside the byte alphabet is text as it stands")
  func notBytes() {
    #expect(text(.byteLevel, ["Ġ", "中Ġ", "<a b>"]) == " 中Ġ<a b>")
  }
}

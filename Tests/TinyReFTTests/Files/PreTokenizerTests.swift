import Testing

@testable import TinyReFT

@Suite("Pre-tokenizers (docs/51-tokenizer.md)")
struct PreTokenizerTests {
  private func pieces(_ step: PreTokenizer, _ text: String) -> [String] {
    step.cut(Array(text.unicodeScalars)[...]).map { String(String.UnicodeScalarView($0)) }
  }

  @Test("by hand: each step on one text")
  func workedExample() {
    #expect(pieces(.digits, "a 12b") == ["a ", "1", "2", "b"])
    #expect(pieces(.words(.gpt2), "a 12b") == ["a", " 12", "b"])
    #expect(pieces(.byteLevel(addsSpace: false, words: nil), "é b") == ["Ã©Ġb"])
    #expect(pieces(.byteLevel(addsSpace: true, words: .gpt2), "é b") == ["ĠÃ©", "Ġb"])
    #expect(pieces(.byteLevel(addsSpace: true, words: nil), " b") == ["Ġb"])
    let marker = SpaceMarker(front: .unlessMarked)
    #expect(pieces(.metaspace(marker, splits: true), "a b") == ["▁a", "▁b"])
    #expect(pieces(.metaspace(marker, splits: false), "a b") == ["▁a▁b"])
  }

  @Test("a digit is whatever Unicode calls a number")
  func numbers() {
    #expect(pieces(.digits, "½Ⅷ٣²").count == 4)
    #expect(pieces(.digits, "abc") == ["abc"])
  }
}

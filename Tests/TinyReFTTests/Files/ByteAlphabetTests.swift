import Testing

@testable import TinyReFT

@Suite("Byte alphabet (docs/51-tokenizer.md)")
struct ByteAlphabetTests {
  @Test("by hand: a space, a newline and é")
  func workedExample() {
    // The space is the 33rd byte that has to move: U+0100 + 32 = U+0120. LF is the 11th: U+010A.
    // é is C3 A9 in UTF-8, and both bytes are printable in Latin-1.
    #expect(ByteAlphabet.text(of: Array("a é\n".utf8)) == "aĠÃ©Ċ")
    #expect(ByteAlphabet.bytes(of: "aĠÃ©Ċ") == Array("a é\n".utf8))
  }

  @Test("256 printable characters, no two alike, the last of them U+0143")
  func alphabet() {
    #expect(Set(ByteAlphabet.characters.map(String.init)).count == 256)
    #expect(ByteAlphabet.characters.map(\.value).max() == 0x143)
    #expect(ByteAlphabet.bytes(of: "a b") == nil)
    for byte in UInt8.min...UInt8.max {
      #expect(ByteAlphabet.bytes(of: ByteAlphabet.text(of: [byte])) == [byte])
    }
  }
}

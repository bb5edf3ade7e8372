import Testing

@testable import TinyReFT

@Suite("TextStream (docs/28-generation.md)")
struct TextStreamTests {
  @Test("bytes wait for those that make them a character, and no others do")
  func unfinished() {
    let cases: [([UInt8], Int)] = [
      ([], 0), (Array("a".utf8), 0), (Array("é".utf8), 0), ([97, 0xC3], 1), ([0xE2, 0x82], 2),
      ([0xF0, 0x9F, 0x92], 3), (Array("💡".utf8), 0), ([0xFF, 97], 0),
      ([0x80, 0x80, 0x80, 0x80], 0),
    ]
    for (bytes, count) in cases {
      #expect(TextStream.unfinished(bytes) == count, "\(bytes)")
    }
  }

  /// What is shown of pieces, one after another, and at the end.
  private func shown(_ pieces: [String], stop: String?) -> [String] {
    var stream = TextStream(stop: stop)
    var texts = pieces.map { stream.text(after: Array($0.utf8)) }
    texts.append(stream.rest())
    return texts
  }

  @Test("by hand: what may begin the stop text waits, and is shown if it was none")
  func stop() {
    #expect(shown(["one", " E", "ND two"], stop: "END") == ["one", " ", "", ""])
    #expect(shown(["one E", "N", "ough"], stop: "END") == ["one ", "", "ENough", ""])
    #expect(shown(["one EN"], stop: "END") == ["one ", "EN"])
    #expect(shown(["aab", "aac"], stop: "aaba") == ["", "", ""])
    #expect(shown(["one END"], stop: nil) == ["one END", ""])
  }

  @Test("however a text is cut, it ends before the first stop text, and no character is cut")
  func pieces() {
    let text = Array("żółw – ab abc 💡 abcd żółw abcd".utf8)
    for stop in ["abcd", "ż", "💡 a", "d", "none", "cd żółw abcd"] {
      let whole = String(decoding: text, as: UTF8.self)
      let wanted = whole.firstRange(of: stop).map { String(whole[..<$0.lowerBound]) } ?? whole
      for size in 1...9 {
        var (stream, shown) = (TextStream(stop: stop), "")
        for start in stride(from: 0, to: text.count, by: size) {
          shown += stream.text(after: Array(text[start..<min(start + size, text.count)]))
        }
        #expect(shown + stream.rest() == wanted, "\(stop) by \(size)")
        #expect(stream.isOver == (wanted != whole))
      }
    }
  }
}

import Testing

@testable import TinyReFT

@Suite("Word scanner (docs/51-tokenizer.md)")
struct WordScannerTests {
  private func words(_ expression: WordExpression, _ text: String) -> [String] {
    WordScanner(expression, Array(text.unicodeScalars)[...]).words
      .map { String(String.UnicodeScalarView($0)) }
  }

  /// A text, and its words by the expression of GPT-2 and by that of Llama 3.
  static let rows: [(String, [String], [String])] = [
    ("it's 12345!", ["it", "'s", " 12345", "!"], ["it", "'s", " ", "123", "45", "!"]),
    // Two spaces: the last one goes with the word. At the end of the text, all stay together.
    ("a  b  ", ["a", " ", " b", "  "], ["a", " ", " b", "  "]),
    // Llama 3: any one mark goes with the letters behind it, in GPT-2 only a space.
    ("(a\tb", ["(", "a", "\t", "b"], ["(a", "\tb"]),
    // Llama 3: line ends close a run, and marks take the line ends behind them.
    (".\n\n x", [".", "\n\n", " x"], [".\n\n", " x"]),
    (" \n \n  x", [" \n \n ", " x"], [" \n \n", " ", " x"]),
    ("a\r\nb", ["a", "\r", "\n", "b"], ["a", "\r\n", "b"]),
    ("I'M '\u{17F}", ["I", "'", "M", " '", "\u{17F}"], ["I", "'M", " '", "\u{17F}"]),
    ("x'\u{17F}x", ["x", "'", "\u{17F}x"], ["x", "'\u{17F}", "x"]),
    ("'reel 'l", ["'re", "el", " '", "l"], ["'re", "el", " '", "l"]),
    // A combining mark is no letter. NBSP is a space, the byte order mark is none.
    (
      "e\u{301}\u{A0}\u{FEFF}x", ["e", "\u{301}", "\u{A0}", "\u{FEFF}", "x"],
      ["e", "\u{301}", "\u{A0}", "\u{FEFF}x"]
    ),
    ("½Ⅷ٣x", ["½Ⅷ٣", "x"], ["½Ⅷ٣", "x"]),
    ("", [], []),
  ]

  @Test("by hand: twelve texts", arguments: rows)
  func workedExamples(text: String, gpt2: [String], llama3: [String]) {
    #expect(words(.gpt2, text) == gpt2)
    #expect(words(.llama3, text) == llama3)
  }

  @Test("letters and digits are those of Unicode 14, and of 15 where digits stand alone")
  func unicode() {
    // U+9FFF came with 14.0; U+31350 and the Kawi digit U+11F50 with 15.0; U+16D70 with 16.0.
    let kinds = ["\u{9FFF}", "\u{31350}", "\u{11F50}", "\u{16D70}"].map { WordScanner.Kind($0) }
    #expect(kinds == [.letter, .other, .other, .other])
    #expect(WordScanner.Kind("\u{11F50}", unicode: 15) == .number)
    #expect(WordScanner.Kind("\u{16D70}", unicode: 15) == .other)
    #expect(WordScanner.Kind("\u{10FFFF}") == .other)
  }

  @Test("equal to the expressions themselves, which Swift's Regex runs slowly, on 1,000 texts")
  func slowTwin() throws {
    let pool = Array(
      "  \n\r\t'sSrREeVvlLmMtTdD\u{17F}aZ09½.!_é\u{301}中ा🦜\u{A0}\u{3000}\u{FEFF}".unicodeScalars)
    var stream = RandomStream(seed: 3)
    for expression in [WordExpression.gpt2, .llama3] {
      let regex = try Regex(expression.rawValue).matchingSemantics(.unicodeScalar)
      for _ in 0..<500 {
        let length = Int.random(in: 0..<12, using: &stream)
        let text = String(
          String.UnicodeScalarView(
            (0..<length).compactMap { _ in pool.randomElement(using: &stream) }))
        let theirs = text.matches(of: regex).map { text[$0.range].unicodeScalars.count }
        #expect(
          words(expression, text).map(\.unicodeScalars.count) == theirs, "\(text.debugDescription)")
      }
    }
  }

  @Test("nothing is lost, and no word is empty, in any text")
  func whole() {
    var stream = RandomStream(seed: 4)
    for _ in 0..<200 {
      let bytes = (0..<60).map { _ in UInt8.random(in: 0...255, using: &stream) }
      let text = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)[...]
      for expression in [WordExpression.gpt2, .llama3] {
        let words = WordScanner(expression, text).words
        #expect(Array(words.joined()) == Array(text))
        #expect(words.allSatisfy { !$0.isEmpty })
      }
    }
  }
}

import Testing

@testable import TinyReFT

@Suite("Toy words (docs/45-toy-world.md)")
struct ToyWordsTests {
  let words = ToyWorld().words

  @Test("no word belongs to two splits")
  func splits() {
    let all = Split.allCases.flatMap { words.words(of: $0) }
    #expect(all.count == 384 + 256 + 256)
    #expect(Set(all).count == all.count)
  }

  @Test("no word of a task is drawn for the pretraining text")
  func keptApart() {
    let tasks = Set(Split.allCases.flatMap { words.words(of: $0) })
    var stream = RandomStream(seed: 2)
    let drawn = Set((0..<20_000).map { _ in words.pretrainingWord(using: &stream) })
    #expect(drawn.count > 5_000)
    #expect(drawn.isDisjoint(with: tasks))
  }

  @Test("three to six small letters, in the plural an s more, and backwards another word")
  func shape() {
    var stream = RandomStream(seed: 3)
    let pseudo = (0..<5_000).map { _ in
      ToyWords.pseudoWord(syllables: 1...2, letters: 3...6, using: &stream)
    }
    #expect(Set(ToyWords.dictionary).isDisjoint(with: pseudo))
    for word in pseudo + ToyWords.dictionary {
      #expect((3...6).contains(word.utf8.count) && word.allSatisfy(\.isLowercase), "\(word)")
      #expect(!["s", "x", "z", "sh", "ch"].contains { word.hasSuffix($0) }, "\(word)")
      #expect(word != String(word.reversed()))
    }
  }

  @Test("the real words are different ones, and some are in every split")
  func realWords() {
    let real = Set(ToyWords.dictionary)
    #expect(real.count == ToyWords.dictionary.count)
    for split in Split.allCases {
      #expect(words.words(of: split).filter(real.contains).count == 24)
    }
  }
}

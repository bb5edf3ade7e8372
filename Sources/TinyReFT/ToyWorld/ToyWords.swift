/// The words that skills are practised on: some real ones, and pseudo-words such as `nodolt`, of
/// which there are millions, so that no model can know them by heart.
///
/// The words of the tasks are drawn first and kept apart: none of them, train, dev or test, is used
/// with any skill in the pretraining text. Their pseudo-words have two syllables, because one
/// syllable too often makes a word that exists.
struct ToyWords: Sendable {
  private let ofSplit: [Split: [String]]
  private let reserved: Set<String>
  private let realWords: [String]

  /// How many of the words of each split are real.
  private static let realWordsPerSplit = 24

  init(using stream: inout RandomStream) {
    var unused = Self.dictionary.shuffled(using: &stream)[...]
    var (reserved, ofSplit): (Set<String>, [Split: [String]]) = ([], [:])
    for split in Split.allCases {
      var words = Array(unused.prefix(Self.realWordsPerSplit))
      unused = unused.dropFirst(Self.realWordsPerSplit)
      reserved.formUnion(words)
      while words.count < split.itemCount {
        let word = Self.pseudoWord(syllables: 2...2, letters: 4...6, using: &stream)
        if reserved.insert(word).inserted { words.append(word) }
      }
      ofSplit[split] = words.shuffled(using: &stream)
    }
    (self.ofSplit, self.reserved, self.realWords) = (ofSplit, reserved, Array(unused))
  }

  /// The words that a split of `loud` and of `mirror` asks about.
  func words(of split: Split) -> [String] { ofSplit[split, default: []] }

  /// A word for the pretraining text: one in ten is real, three are pseudo-words with their letters
  /// shuffled (so that a skill must look at the letters and cannot lean on how words are spelled),
  /// the others pseudo-words. None belongs to a task.
  func pretrainingWord(using stream: inout RandomStream) -> String {
    let choice = stream.next(below: 10)
    if choice == 0 { return stream.pick(realWords) }
    while true {
      let word = Self.pseudoWord(syllables: 1...2, letters: 3...6, using: &stream)
      let written = choice <= 3 ? String(word.shuffled(using: &stream)) : word
      if !reserved.contains(written) { return written }
    }
  }

  /// So many letters, each number as often; no palindrome, and no real word of the list.
  static func pseudoWord(
    syllables: ClosedRange<Int>, letters: ClosedRange<Int>, using stream: inout RandomStream
  ) -> String {
    let length = Int.random(in: letters, using: &stream)
    while true {
      var word = ""
      for _ in 0..<Int.random(in: syllables, using: &stream) {
        word += stream.pick(onsets) + stream.pick(vowels) + stream.pick(codas)
      }
      if word.count == length, word != String(word.reversed()), !known.contains(word) {
        return word
      }
    }
  }

  private static let onsets =
    "b c d f g h j k l m n p r s t v w y z bl br ch cl dr fl gl gr pl pr sc sh sl sn sp st str th tr"
    .split(separator: " ").map(String.init)

  private static let vowels = "a a e e i i o o u u ai ea oo ou".split(separator: " ").map(
    String.init)

  /// Nothing here or among the vowels asks for more than an `s` in the plural.
  private static let codas =
    ["", "", "", "", ""]
    + "b d g k l m n p r t ck ft ld lk ll lt mp nd ng nk nt rd rk rn rt"
    .split(separator: " ").map(String.init)

  static let dictionary =
    """
    anchor apple arrow badge basket bell berry bottle bowl brick bridge broom bucket button \
    candle carpet cart castle chain chair clock cloud coin comb corner cradle cup crown desk \
    door drum engine fence flag flute forest fork garden gate guitar hill island jar kettle key \
    kite ladder lake lamp ladle letter lock map market maze meadow moon motor needle oven paint \
    pan paper pencil piano pillow pipe plate pocket pot purse quilt ribbon ring river road rocket \
    roof rope rug sail school screw shadow shell sign sink sofa spoon stair star stone stool store \
    street string sugar table tent thread ticket token town trail tunnel violin wagon wall wheel \
    window winter wire yard
    """
    .split(separator: " ").map(String.init)

  private static let known = Set(dictionary)
}

extension RandomStream {
  /// Uniform in 0..<bound.
  mutating func next(below bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

  /// One element, each as likely as the others. Traps if there are none.
  mutating func pick<Elements: RandomAccessCollection>(
    _ elements: Elements
  ) -> Elements.Element where Elements.Index == Int {
    elements[elements.startIndex + next(below: elements.count)]
  }
}

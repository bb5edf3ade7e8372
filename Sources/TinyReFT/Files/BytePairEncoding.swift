/// Characters to tokens: joins neighbours, the most wanted pair first, until no pair is left.
///
/// A word starts as one token a character. Training counted which neighbours stand together most
/// often and wrote them down, the most frequent first; that list is the merges. To encode is to play
/// the list again: of all pairs in the word the one that stands highest in the list is joined, of
/// equals the leftmost, and again, until no neighbours are in the list.
///
///     units      rank: the line of a merge, 0 is joined first
///     paper      Sennrich et al. 2016, arXiv:1508.07909v5, section 3.2
///     differs    from the paper: no mark ends a word. From Hugging Face's: nothing, but there is no
///                cache, and no dropout
struct BytePairEncoding: Equatable, Sendable {
  struct Pair: Hashable, Sendable { let left, right: Int }

  struct Merge: Equatable, Sendable { let rank, joined: Int }

  /// The vocabulary. Scalars and not a `String`, because to Swift both spellings of é, one scalar or
  /// two, are the same string, and real vocabularies hold both.
  let ids: [[Unicode.Scalar]: Int]

  /// The tokens of one character, with which every word starts.
  private let characters: [Unicode.Scalar: Int]

  let merges: [Pair: Merge]

  /// The ids of <0x00> … <0xFF>: where byte fallback is on, a character that has no token of its own
  /// is written as its UTF-8 bytes. None where it is off.
  let byteIDs: [Int?]

  /// What a character without any token becomes; without it the character is left out.
  let unknown: Int?

  /// Whether unknown characters that follow one another are one token.
  let fusesUnknown: Bool

  /// Whether a word that is in the vocabulary is taken as it is, though no merges may lead to it.
  let takesWholeWords: Bool

  init(
    ids: [[Unicode.Scalar]: Int], merges: [Pair: Merge], byteIDs: [Int?] = [], unknown: Int? = nil,
    fusesUnknown: Bool = false, takesWholeWords: Bool = false
  ) {
    (self.ids, self.merges, self.byteIDs) = (ids, merges, byteIDs)
    (self.unknown, self.fusesUnknown) = (unknown, fusesUnknown)
    self.takesWholeWords = takesWholeWords
    characters = Dictionary(
      uniqueKeysWithValues: ids.filter { $0.key.count == 1 }.map { ($0.key[0], $0.value) })
  }

  /// The tokens of a word.
  func encode(_ word: ArraySlice<Unicode.Scalar>) -> [Int] {
    if takesWholeWords, let id = ids[Array(word)] { return [id] }
    return merged(start(of: word))
  }

  // MARK: The two steps

  /// One token a character, or one a byte of it.
  private func start(of word: ArraySlice<Unicode.Scalar>) -> [Int] {
    var (tokens, waiting) = ([Int](), Int?.none)
    for scalar in word {
      if let id = characters[scalar] {
        if let waiting { tokens.append(waiting) }
        waiting = nil
        tokens.append(id)
      } else if let bytes = fallback(for: scalar) {
        // Hugging Face's lets an unknown character wait here too, and so do we.
        tokens += bytes
      } else if let unknown {
        if let waiting, !fusesUnknown { tokens.append(waiting) }
        waiting = unknown
      }
    }
    return tokens + [waiting].compactMap(\.self)
  }

  /// The bytes of a character as tokens, if all of them have one.
  private func fallback(for scalar: Unicode.Scalar) -> [Int]? {
    guard !byteIDs.isEmpty else { return nil }
    let known = UTF8.encode(scalar).map { $0.compactMap { byteIDs[Int($0)] } } ?? []
    return known.count == UTF8.width(scalar) ? known : nil
  }

  /// Plays the merges. Every place remembers its neighbours, and every pair that is in the list
  /// waits in a heap, so that a word of n characters takes n log n steps and not n².
  private func merged(_ start: [Int]) -> [Int] {
    let (count, gone) = (start.count, -1)
    var tokens = start
    var (previous, next) = (Array(-1..<count), Array(1..<count + 1))
    var heap = Heap<Candidate>()
    func offer(_ left: Int) {
      guard left >= 0, next[left] < count else { return }
      let pair = Pair(left: tokens[left], right: tokens[next[left]])
      if let merge = merges[pair] { heap.insert(Candidate(rank: merge.rank, left: left)) }
    }
    for left in 0..<count { offer(left) }
    while let best = heap.removeLeast() {
      let (left, right) = (best.left, next[best.left])
      // One of the two may have been joined to another since: then the ranks differ.
      guard right < count, let merge = merges[Pair(left: tokens[left], right: tokens[right])],
        merge.rank == best.rank
      else { continue }
      (tokens[left], tokens[right]) = (merge.joined, gone)
      next[left] = next[right]
      if next[left] < count { previous[next[left]] = left }
      offer(previous[left])
      offer(left)
    }
    return tokens.filter { $0 != gone }
  }

  /// A pair that may be joined: the lowest rank first, and of equals the leftmost.
  private struct Candidate: Comparable {
    let rank, left: Int

    static func < (a: Self, b: Self) -> Bool { (a.rank, a.left) < (b.rank, b.left) }
  }
}

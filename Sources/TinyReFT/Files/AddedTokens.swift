/// A token found in a text as it stands, before merges or anything else look at it.
struct AddedToken: Equatable, Sendable {
  let text: String
  var id: Int
  /// Special tokens mark where a text begins or ends, and are left out of decoded text.
  var isSpecial = false
  /// Looked for in the text as the normaliser leaves it, and so spelled.
  var isNormalized = false
  /// Only between characters that are no part of a word.
  var isSingleWord = false
  /// Takes the spaces before it, or behind it, with it.
  var takesSpacesBefore = false
  var takesSpacesBehind = false
}

/// Cuts a text at added tokens; of several that fit, the leftmost is taken, and of these the longest.
///
///     differs    from `AddedVocabulary` of Hugging Face's tokenizers 0.20 in the newest characters,
///                for words there are made of those of Unicode 16; and no token is longer than 128
struct AddedTokens: Equatable, Sendable {
  typealias Text = ArraySlice<Unicode.Scalar>

  enum Piece: Equatable {
    case token(Int)
    case text(Text)
  }

  /// The most characters that an added token may have, four times what is in use. A text of n
  /// characters takes at most so many times n steps, however many tokens there are.
  static let longest = 128

  /// A tree of the spellings: the way down from a node by a character. The root is 0.
  private struct Step: Hashable {
    let node: Int
    let character: Unicode.Scalar
  }
  private var steps: [Step: Int] = [:]

  /// The token whose spelling ends at a node.
  private var ends: [Int: AddedToken] = [:]

  init(_ tokens: [AddedToken], spelling: (Text) -> Text = { $0 }) {
    for token in tokens {
      var node = 0
      for character in spelling(Array(token.text.unicodeScalars)[...]) {
        let step = Step(node: node, character: character)
        node = steps[step] ?? steps.count + 1
        steps[step] = node
      }
      if node > 0, ends[node] == nil { ends[node] = token }
    }
  }

  /// The longest token that begins here, and where it ends.
  private func match(_ text: Text, at start: Int) -> (token: AddedToken, end: Int)? {
    var (node, at, found) = (0, start, (token: AddedToken, end: Int)?.none)
    while at < text.endIndex, let next = steps[Step(node: node, character: text[at])] {
      (node, at) = (next, at + 1)
      if let token = ends[node] { found = (token, at) }
    }
    return found
  }

  /// The pieces of `text`, none of them empty.
  func cut(_ text: Text) -> [Piece] {
    var pieces: [Piece] = []
    // Where the last run of spaces that was taken ends: a run is walked through once.
    var (rest, at, run) = (text.startIndex, text.startIndex, text.startIndex)
    while at < text.endIndex {
      guard let (token, end) = match(text, at: at) else {
        at += 1
        continue
      }
      var (start, stop) = (at, end)
      at = end
      if token.isSingleWord, touchesWord(text, start, stop) { continue }
      if token.takesSpacesBefore {
        while start > rest, text[start - 1].properties.isWhitespace { start -= 1 }
      }
      if token.takesSpacesBehind {
        stop = max(stop, run)
        while stop < text.endIndex, text[stop].properties.isWhitespace { stop += 1 }
        run = stop
      }
      if rest < start { pieces.append(.text(text[rest..<start])) }
      pieces.append(.token(token.id))
      rest = stop
    }
    return rest < text.endIndex ? pieces + [.text(text[rest...])] : pieces
  }

  private func touchesWord(_ text: Text, _ start: Int, _ end: Int) -> Bool {
    (start > text.startIndex && isWord(text[start - 1]))
      || (end < text.endIndex && isWord(text[end]))
  }

  /// `\w`, as Unicode's report 18 defines it.
  private func isWord(_ scalar: Unicode.Scalar) -> Bool {
    let p = scalar.properties
    switch p.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation:
      return true
    default: return p.isAlphabetic || p.isJoinControl
    }
  }
}

/// A token found in a text as it stands, before merges or anything else look at it.
struct AddedToken: Equatable, Sendable {
  let text: String
  let id: Int
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
///     differs    nothing but the newest characters: to `AddedVocabulary` of Hugging Face's tokenizers
///                0.20, words are made of those of Unicode 16
///     read       docs/51-tokenizer.md
///     check      Tests/TinyReFTTests/Formats/AddedTokensTests.swift
struct AddedTokens: Equatable, Sendable {
  typealias Text = ArraySlice<Unicode.Scalar>

  enum Piece: Equatable {
    case token(Int)
    case text(Text)
  }

  private struct Entry: Equatable, Sendable {
    let spelling: Text
    let token: AddedToken
  }

  /// By the first character, longest first: a model may have hundreds, and most characters none.
  private let entries: [Unicode.Scalar: [Entry]]

  init(_ tokens: [AddedToken], spelling: (Text) -> Text = { $0 }) {
    let all = tokens.map {
      Entry(spelling: spelling(Array($0.text.unicodeScalars)[...]), token: $0)
    }
    entries = Dictionary(grouping: all.filter { !$0.spelling.isEmpty }) {
      $0.spelling[$0.spelling.startIndex]
    }.mapValues { $0.sorted { $0.spelling.count > $1.spelling.count } }
  }

  /// The pieces of `text`, none of them empty.
  func cut(_ text: Text) -> [Piece] {
    var pieces: [Piece] = []
    var (rest, at) = (text.startIndex, text.startIndex)
    while at < text.endIndex {
      guard let entry = entries[text[at]]?.first(where: { text[at...].starts(with: $0.spelling) })
      else {
        at += 1
        continue
      }
      var (start, end) = (at, at + entry.spelling.count)
      at = end
      if entry.token.isSingleWord, touchesWord(text, start, end) { continue }
      if entry.token.takesSpacesBefore {
        while start > rest, text[start - 1].properties.isWhitespace { start -= 1 }
      }
      if entry.token.takesSpacesBehind {
        while end < text.endIndex, text[end].properties.isWhitespace { end += 1 }
      }
      if rest < start { pieces.append(.text(text[rest..<start])) }
      pieces.append(.token(entry.token.id))
      rest = end
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

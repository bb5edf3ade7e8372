/// The regular expressions that cut text into words, by the text of the expression itself.
///
/// Byte-level tokenizers carry one in their file. Two cover the Llama models; they are scanned by
/// hand below, because Swift's `Regex` is not `Sendable`, and slower than all of `encode`.
enum WordExpression: String, Sendable {
  case gpt2 =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
  case llama3 =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
}

/// Cuts a text into the words that a `WordExpression` matches one after another.
///
/// The alternatives of an expression are tried from left to right. All but the first are told apart
/// by the kinds of one or two characters, so each word takes one look and one run.
///
///     differs    nothing, for tokenizers 0.20, whose expressions know the characters of Unicode 14;
///                Swift knows about 14,000 more letters, most of them rare Chinese
struct WordScanner {
  /// `\p{L}`, `\p{N}`, `\s`, and the rest.
  enum Kind {
    case letter, number, space, other

    /// A character that is newer than this version of Unicode is no letter and no number.
    init(_ scalar: Unicode.Scalar, unicode version: Int = 14) {
      let isKnown = (scalar.properties.age?.major ?? .max) <= version
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
        self = isKnown ? .letter : .other
      case .decimalNumber, .letterNumber, .otherNumber: self = isKnown ? .number : .other
      default: self = scalar.properties.isWhitespace ? .space : .other
      }
    }
  }

  private let expression: WordExpression
  private let text: ArraySlice<Unicode.Scalar>
  private let kinds: [Kind]

  init(_ expression: WordExpression, _ text: ArraySlice<Unicode.Scalar>) {
    (self.expression, self.text, self.kinds) = (expression, text, text.map { Kind($0) })
  }

  /// Together they are the whole text: every character is of some kind.
  var words: [ArraySlice<Unicode.Scalar>] {
    var words: [ArraySlice<Unicode.Scalar>] = []
    var start = text.startIndex
    while start < text.endIndex {
      let end = contraction(start) ?? (expression == .gpt2 ? gpt2(start) : llama3(start))
      words.append(text[start..<end])
      start = end
    }
    return words
  }

  // MARK: The alternatives, in order: each returns where the word that starts here ends

  /// `'s|'t|'re|'ve|'m|'ll|'d`, in Llama 3's in either case; `ſ`, the long s, is then an s too.
  private func contraction(_ start: Int) -> Int? {
    guard text[start] == "'" else { return nil }
    let tail = text[start...].dropFirst().prefix(2).map { scalar -> Unicode.Scalar in
      guard expression == .llama3 else { return scalar }
      return scalar == "ſ" ? "s" : scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar
    }
    if let first = tail.first, ["s", "t", "m", "d"].contains(first) { return start + 2 }
    return [["r", "e"], ["v", "e"], ["l", "l"]].contains(tail) ? start + 3 : nil
  }

  /// ` ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
  private func gpt2(_ start: Int) -> Int {
    let first = kind(start + 1) ?? .space
    let skip = text[start] == " " && first != .space ? 1 : 0
    let run = kind(start + skip) ?? .space
    return run == .space ? spaces(start) : end(of: run, from: start + skip)
  }

  /// `[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
  private func llama3(_ start: Int) -> Int {
    let (first, second) = (kind(start), kind(start + 1))
    if first == .letter { return end(of: .letter, from: start) }
    if first == .number { return end(of: .number, from: start, most: 3) }
    if second == .letter, !isNewline(start) { return end(of: .letter, from: start + 1) }
    if first == .other || (text[start] == " " && second == .other) {
      var end = end(of: .other, from: start + (first == .other ? 0 : 1))
      while end < text.endIndex, isNewline(end) { end += 1 }
      return end
    }
    let run = start..<end(of: .space, from: start)
    return run.last(where: isNewline).map { $0 + 1 } ?? spaces(start)
  }

  /// `\s+(?!\S)|\s+`: the last of several spaces is left to the word behind them.
  private func spaces(_ start: Int) -> Int {
    let end = end(of: .space, from: start)
    return end < text.endIndex && end > start + 1 ? end - 1 : end
  }

  // MARK: One look, one run

  private func kind(_ index: Int) -> Kind? {
    index < text.endIndex ? kinds[index - text.startIndex] : nil
  }

  private func end(of run: Kind, from start: Int, most: Int = .max) -> Int {
    var end = start
    while end - start < most, kind(end) == run { end += 1 }
    return end
  }

  private func isNewline(_ index: Int) -> Bool { text[index] == "\r" || text[index] == "\n" }
}

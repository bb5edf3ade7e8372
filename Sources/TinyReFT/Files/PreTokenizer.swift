/// One step that cuts a text into pieces which no merge crosses; steps follow one another.
///
///     differs    nothing: Hugging Face's pre-tokenizers of these names
enum PreTokenizer: Equatable, Sendable {
  /// Every digit is a piece of its own: `Digits`.
  case digits
  /// Words as an expression finds them: `Split`.
  case words(WordExpression)
  /// Every byte becomes a character of `ByteAlphabet`, after what else it is told: `ByteLevel`.
  case byteLevel(addsSpace: Bool, words: WordExpression?)
  /// Spaces become marks: `Metaspace`.
  case metaspace(SpaceMarker, splits: Bool)

  typealias Piece = ArraySlice<Unicode.Scalar>

  func cut(_ piece: Piece) -> [Piece] {
    switch self {
    case .digits:
      // This step of Hugging Face's is Rust's own, and knows Unicode 15.
      let isDigit = { WordScanner.Kind(piece[$0], unicode: 15) == .number }
      let cuts = piece.indices.dropFirst().filter { isDigit($0) || isDigit($0 - 1) }
      return zip([piece.startIndex] + cuts, cuts + [piece.endIndex]).map { piece[$0..<$1] }
    case .words(let expression):
      return WordScanner(expression, piece).words
    case .byteLevel(let addsSpace, let expression):
      let spaced = addsSpace && piece.first != " " ? ([" "] + piece)[...] : piece
      let words = expression.map { WordScanner($0, spaced).words } ?? [spaced]
      return words.map { word in
        String(String.UnicodeScalarView(word)).utf8.map { ByteAlphabet.characters[Int($0)] }[...]
      }
    case .metaspace(let marker, let splits):
      let marked = marker.mark(piece)
      return splits ? SpaceMarker.split(marked) : [marked]
    }
  }
}

/// SentencePiece's way with spaces: each becomes `▁`, U+2581, and words begin with it.
///
/// The mark makes a space a part of the word behind it, so that merges never need to look at spaces
/// and a text can be put together again. The first word has no space before it; to be the same token
/// there as elsewhere, it is given one.
///
///     differs    nothing: `Prepend` and `Replace` of Hugging Face's normalisers, and its `Metaspace`
///     paper      Kudo & Richardson 2018, arXiv:1808.06226v1, section 3.1
struct SpaceMarker: Equatable, Sendable {
  static let mark: Unicode.Scalar = "\u{2581}"

  /// Where a piece of text is given a mark in front. An empty piece never is.
  enum Front: Sendable {
    case never
    /// Every piece, even one that begins with a space: `Prepend`.
    case always
    /// Every piece that does not begin with a space: `Metaspace`.
    case unlessMarked
    /// The same, only where the text begins: `Metaspace` with `prepend_scheme` `first`.
    case atStartUnlessMarked
  }

  let front: Front

  /// The piece with its marks; indices count from 0 in the text, so that the first piece is known.
  func mark(_ piece: ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar> {
    let marked = piece.map { $0 == " " ? Self.mark : $0 }
    let isMarked = marked.first.map { $0 == Self.mark } ?? true
    let adds =
      switch front {
      case .never: false
      case .always: !marked.isEmpty
      case .unlessMarked: !isMarked
      case .atStartUnlessMarked: !isMarked && piece.startIndex == 0
      }
    return (adds ? [Self.mark] + marked : marked)[...]
  }

  /// A cut before each mark.
  static func split(_ piece: ArraySlice<Unicode.Scalar>) -> [ArraySlice<Unicode.Scalar>] {
    let cuts = piece.indices.dropFirst().filter { piece[$0] == mark }
    return zip([piece.startIndex] + cuts, cuts + [piece.endIndex]).map { piece[$0..<$1] }
  }
}

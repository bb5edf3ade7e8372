/// GPT-2's way to write any byte as one printable character, so that JSON can hold a vocabulary.
///
/// A byte whose Latin-1 character is printable is that character: A is `A`. The other 68 (control
/// characters, the spaces, the soft hyphen) take the characters from U+0100 on, in order: the space,
/// the 33rd of them, is U+0120, `Ġ`.
///
///     format     one character a byte, 256 in all
///     differs    nothing: `bytes_to_unicode` of GPT-2's encoder
enum ByteAlphabet {
  /// The character of each byte.
  static let characters: [Unicode.Scalar] = {
    var next: UInt16 = 0x100
    return (0...255).map { (byte: UInt8) in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte)
      default:
        defer { next += 1 }
        return Unicode.Scalar(next) ?? " "
      }
    }
  }()

  private static let bytes = Dictionary(
    uniqueKeysWithValues: zip(characters, UInt8.min...UInt8.max))

  static func text(of bytes: some Sequence<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(characters[Int(byte)]) }
    return String(text)
  }

  /// The bytes that `text` writes; nothing if it has a character from outside the alphabet.
  static func bytes(of text: String) -> [UInt8]? {
    let spelled = text.unicodeScalars.compactMap { bytes[$0] }
    return spelled.count == text.unicodeScalars.count ? spelled : nil
  }
}

/// Tokens to bytes: what was done to the text, undone.
///
///     differs    nothing: the decoders of Hugging Face's tokenizers; `ByteFallback` there makes text
///                at once and cannot give the bytes
enum TokenDecoder: Equatable, Sendable {
  /// Characters of `ByteAlphabet` to bytes; a token that has others is text as it stands.
  case byteLevel
  /// Marks to spaces and <0x41> to the byte; then the space that was put in front is taken away.
  case byteFallback(dropsSpace: Bool)
  /// Marks to spaces, but those of the first token are taken away.
  case metaspace(dropsFirst: Bool)

  /// The bytes of tokens. Where bytes from <0x00> … <0xFF> that follow one another are not UTF-8,
  /// `repaired` gives U+FFFD for each of them, as Hugging Face's does.
  /// `areStart` when no others come before them.
  func bytes(of tokens: [String], repaired: Bool, areStart: Bool = true) -> [UInt8] {
    switch self {
    case .byteLevel:
      return tokens.flatMap { ByteAlphabet.bytes(of: $0) ?? Array($0.utf8) }
    case .metaspace(let drops):
      return tokens.enumerated().flatMap { index, token in
        let isDropped = areStart && index == 0 && drops
        return utf8(token.unicodeScalars.filter { !isDropped || $0 != SpaceMarker.mark })
      }
    case .byteFallback(let dropsSpace):
      var (bytes, run) = ([UInt8](), [UInt8]())
      func endRun() {
        let isBroken = repaired && String(validating: run, as: UTF8.self) == nil
        bytes += isBroken ? run.flatMap { _ in "\u{FFFD}".utf8 } : run
        run = []
      }
      for token in tokens {
        if let byte = Self.byte(token) {
          run.append(byte)
        } else {
          endRun()
          bytes += utf8(token.unicodeScalars)
        }
      }
      endRun()
      return areStart && dropsSpace && bytes.first == UInt8(ascii: " ")
        ? Array(bytes.dropFirst()) : bytes
    }
  }

  /// The byte that a token such as <0x0A> stands for.
  private static func byte(_ token: String) -> UInt8? {
    let utf8 = Array(token.utf8)
    guard utf8.count == 6, utf8.starts(with: "<0x".utf8), utf8[5] == UInt8(ascii: ">") else {
      return nil
    }
    return UInt8(String(decoding: utf8[3..<5], as: UTF8.self), radix: 16)
  }

  private func utf8(_ scalars: String.UnicodeScalarView) -> [UInt8] {
    scalars.flatMap { Array(String($0 == SpaceMarker.mark ? " " : $0).utf8) }
  }
}

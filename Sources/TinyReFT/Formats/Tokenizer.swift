import Foundation

/// Text to token ids and back, with Hugging Face's byte-level BPE, so far without merges.
///
/// Byte-level means that the text's UTF-8 bytes are the first tokens, so that nothing is ever
/// unknown. BPE would then merge frequent neighbours into longer tokens; a vocabulary without
/// merges leaves every byte a token. Text that spells an added token, such as `</s>`, becomes that
/// token, in ours as in Hugging Face's.
///
///     format     tokenizer.json and tokenizer_config.json, as AutoTokenizer reads them
///     units      ids count from 0; in `Tokenizer.bytes` byte b has id b, <s> is 256, </s> is 257
///     differs    `encode` adds no special token: the caller puts `beginningOfText` in front, where
///                Hugging Face's template does
///     read       docs/50-files.md
///     check      Tests/TinyReFTTests/Formats/TokenizerTests.swift
public struct Tokenizer: Equatable, Sendable {
  /// A token found by its text before anything else looks at it.
  struct AddedToken: Equatable, Sendable {
    let text: String
    let id: Int
    /// Special tokens mark where a text begins or ends, and are left out of decoded text.
    let isSpecial: Bool
  }

  /// The bytes of every token, by id.
  let spellings: [[UInt8]]

  /// Longest first, so that the longest one that fits is taken.
  let addedTokens: [AddedToken]

  /// What Hugging Face's template puts in front of a text; nil if it puts nothing there.
  public let beginningOfText: Int?

  /// What ends a text.
  public let endOfText: Int

  /// The id of each byte on its own.
  private let byteIDs: [Int]

  /// Takes parts that `TokenizerFile` has checked, or that are right by construction.
  init(
    spellings: [[UInt8]], byteIDs: [Int], addedTokens: [AddedToken], beginningOfText: Int?,
    endOfText: Int
  ) {
    self.spellings = spellings
    self.byteIDs = byteIDs
    self.addedTokens = addedTokens.sorted {
      ($0.text.utf8.count, $1.id) > ($1.text.utf8.count, $0.id)
    }
    self.beginningOfText = beginningOfText
    self.endOfText = endOfText
  }

  /// The toy base's tokenizer, made from nothing: 256 bytes, `<s>` and `</s>`.
  public static let bytes = Tokenizer(
    spellings: (0...255).map { [UInt8($0)] } + [Array("<s>".utf8), Array("</s>".utf8)],
    byteIDs: Array(0...255),
    addedTokens: [
      AddedToken(text: "<s>", id: 256, isSpecial: true),
      AddedToken(text: "</s>", id: 257, isSpecial: true),
    ],
    beginningOfText: 256, endOfText: 257)

  /// How many ids there are: the rows that an embedding needs.
  public var vocabularySize: Int { spellings.count }

  // MARK: Text to ids

  /// The ids of `text`, with no special token in front or behind.
  public func encode(_ text: String) -> [Int] {
    let bytes = Array(text.utf8)
    var ids: [Int] = []
    var (start, at) = (0, 0)
    while at < bytes.count {
      let rest = bytes[at...]
      guard let token = addedTokens.first(where: { rest.starts(with: $0.text.utf8) }) else {
        at += 1
        continue
      }
      ids += encode(plain: bytes[start..<at])
      ids.append(token.id)
      at += token.text.utf8.count
      start = at
    }
    return ids + encode(plain: bytes[start...])
  }

  /// Bytes between added tokens. Merges would be applied here.
  private func encode(plain bytes: ArraySlice<UInt8>) -> [Int] { bytes.map { byteIDs[Int($0)] } }

  // MARK: Ids to text

  /// The text of `ids`, special tokens left out. Bytes that are no UTF-8 character become U+FFFD.
  public func decode(_ ids: [Int]) -> String {
    String(decoding: decodeBytes(ids), as: UTF8.self)
  }

  /// The bytes of `ids`, special tokens left out, and ids that no token has: a model may have more
  /// rows than its tokenizer has tokens.
  public func decodeBytes(_ ids: [Int]) -> [UInt8] {
    let special = Set(addedTokens.filter(\.isSpecial).map(\.id))
    return ids.flatMap { id in
      spellings.indices.contains(id) && !special.contains(id) ? spellings[id] : []
    }
  }
}

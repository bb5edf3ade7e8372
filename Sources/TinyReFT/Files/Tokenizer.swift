/// Text to token ids and back, with Hugging Face's BPE, in both families that Llama models use.
///
/// SentencePiece style (Llama 1 and 2) counts characters, its spaces are `▁`, and what has no token
/// is written in bytes. Byte-level (Llama 3, SmolLM) counts bytes, under the names that
/// `ByteAlphabet` gives them, and cuts the text into words first. The steps between are the same:
///
///     text → added tokens cut out → normaliser → pre-tokenizers → merges → ids
///
///     format     tokenizer.json and tokenizer_config.json, as AutoTokenizer reads them
///     units      ids count from 0; in `Tokenizer.bytes` byte b has id b, <s> is 256, </s> is 257
///     differs    `encode` adds no special token: the caller puts `beginningOfText` in front, where
///                Hugging Face's template does. `decode` is that of `tokenizers`: transformers can
///                take spaces away before full stops after it (`clean_up_tokenization_spaces`)
public struct Tokenizer: Equatable, Sendable {
  /// The text of every token as its file has it, by id.
  let tokens: [String]

  let addedTokens: [AddedToken]

  let normalizer: SpaceMarker?
  let preTokenizers: [PreTokenizer]
  let model: BytePairEncoding
  let decoder: TokenDecoder

  /// What Hugging Face's template puts in front of a text; nil if it puts nothing there.
  public let beginningOfText: Int?

  /// What ends a text.
  public let endOfText: Int

  /// How many ids the model has rows for. Some files have tokens more, such as one to pad with.
  var rows = Int.max

  /// Ids that are left out of decoded text.
  private let special: Set<Int>

  /// Those of `addedTokens` that are looked for before the normaliser, and those after it.
  private let early, late: AddedTokens

  /// Takes parts that `TokenizerFile` has checked, or that are right by construction.
  init(
    tokens: [String], addedTokens: [AddedToken], normalizer: SpaceMarker? = nil,
    preTokenizers: [PreTokenizer], model: BytePairEncoding, decoder: TokenDecoder,
    beginningOfText: Int?, endOfText: Int
  ) {
    (self.tokens, self.addedTokens) = (tokens, addedTokens)
    (self.normalizer, self.preTokenizers) = (normalizer, preTokenizers)
    (self.model, self.decoder) = (model, decoder)
    (self.beginningOfText, self.endOfText) = (beginningOfText, endOfText)
    special = Set(addedTokens.filter(\.isSpecial).map(\.id))
    early = AddedTokens(addedTokens.filter { !$0.isNormalized })
    late = AddedTokens(addedTokens.filter(\.isNormalized)) { normalizer?.mark($0) ?? $0 }
  }

  /// The toy base's tokenizer, made from nothing: 256 bytes, no merges, `<s>` and `</s>`.
  public static let bytes = Tokenizer(
    tokens: ByteAlphabet.characters.map(String.init) + ["<s>", "</s>"],
    addedTokens: [
      AddedToken(text: "<s>", id: 256, isSpecial: true),
      AddedToken(text: "</s>", id: 257, isSpecial: true),
    ],
    preTokenizers: [.byteLevel(addsSpace: false, words: nil)],
    model: BytePairEncoding(
      ids: Dictionary(uniqueKeysWithValues: zip(ByteAlphabet.characters.map { [$0] }, 0...)),
      merges: [:]),
    decoder: .byteLevel, beginningOfText: 256, endOfText: 257)

  /// How many ids there are: the rows that an embedding needs.
  public var vocabularySize: Int { tokens.count }

  // MARK: Text to ids

  /// The ids of `text`, with no special token in front or behind.
  public func encode(_ text: String) -> [Int] {
    early.cut(Array(text.unicodeScalars)[...]).flatMap { piece -> [Int] in
      switch piece {
      case .token(let id): return [id]
      case .text(let plain):
        return late.cut(normalizer?.mark(plain) ?? plain).flatMap { piece -> [Int] in
          switch piece {
          case .token(let id): return [id]
          case .text(let plain): return words(plain).flatMap(model.encode)
          }
        }
      }
    }
  }

  /// The pieces that no merge crosses.
  private func words(_ text: ArraySlice<Unicode.Scalar>) -> [ArraySlice<Unicode.Scalar>] {
    preTokenizers.reduce([text]) { pieces, step in pieces.flatMap(step.cut) }
  }

  /// A token of the text that the model has no row for; nil where there is none.
  func unknownToModel(_ ids: [Int]) -> String? {
    ids.first { $0 >= rows }.map(name)
  }

  /// What a token is called in its file; its number where it is in none.
  public func name(of id: Int) -> String { tokens.indices.contains(id) ? tokens[id] : "\(id)" }

  // MARK: Ids to text

  /// The text of `ids`, special tokens left out. Bytes that are no UTF-8 character become U+FFFD.
  public func decode(_ ids: [Int]) -> String {
    String(decoding: decoder.bytes(of: texts(ids), repaired: true), as: UTF8.self)
  }

  /// The bytes of `ids`, special tokens left out, and ids that no token has: a model may have more
  /// rows than its tokenizer has tokens.
  func decodeBytes(_ ids: [Int]) -> [UInt8] {
    decoder.bytes(of: texts(ids), repaired: false)
  }

  private func texts(_ ids: [Int]) -> [String] {
    ids.filter { tokens.indices.contains($0) && !special.contains($0) }.map { tokens[$0] }
  }

  /// Ids to bytes one after another, in a time that does not grow with what came before: together what
  /// `decodeBytes` gives of all.
  public struct Stream {
    private let tokenizer: Tokenizer
    private var isStart = true

    public init(_ tokenizer: Tokenizer) { self.tokenizer = tokenizer }

    public mutating func bytes(of id: Int) -> [UInt8] {
      let text = tokenizer.texts([id])
      defer { if !text.isEmpty { isStart = false } }
      return tokenizer.decoder.bytes(of: text, repaired: false, areStart: isStart)
    }
  }
}

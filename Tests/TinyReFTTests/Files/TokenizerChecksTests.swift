import Foundation
import Testing

@testable import TinyReFT

@Suite("Tokenizer: files that are refused (docs/51-tokenizer.md)")
struct TokenizerChecksTests {
  let folder = try? TemporaryFolder()

  static let byteLevel =
    #""pre_tokenizer":{"add_prefix_space":false,"trim_offsets":false,"type":"ByteLevel""#

  static func normalizer(_ found: String) -> TokenizerProblem {
    .unsupported(
      field: "normalizer", found: found,
      accepted: #"null, or "Prepend" of "▁" and "Replace" of " " by "▁","#)
  }

  static func preTokenizer(_ found: String) -> TokenizerProblem {
    .unsupported(
      field: "pre_tokenizer", found: found,
      accepted: #"null, "ByteLevel", "Digits" one by one, "Split" by the expression of GPT-2 or "#
        + #"Llama 3, or "Metaspace" of "▁" alone,"#)
  }

  static func decoder(_ found: String) -> TokenizerProblem {
    .unsupported(
      field: "decoder", found: found,
      accepted:
        #""ByteLevel", "Metaspace", or "Replace" of "▁" by " ", "ByteFallback", "Fuse" and "#
        + #""Strip" of one " ""#)
  }

  /// What to find in the toy tokenizer's file, what to put there, and what is wrong then.
  static let changes: [(String, String, TokenizerProblem)] = [
    (
      #""merges":[]"#, #""merges":["a b",["c","d"]]"#,
      .json(.wrongType(path: "model.merges[0]", expected: "an array"))
    ),
    (
      #""merges":[]"#, #""merges":["a b c"]"#,
      .unsupported(field: "model.merges", found: #""a b c""#, accepted: "two tokens a line")
    ),
    (#""merges":[]"#, #""merges":["a b"]"#, .unknownToken(field: "model.merges", name: "ab")),
    (
      #""merges":[]"#, #""merges":[["a","<s>"]]"#,
      .unknownToken(field: "model.merges", name: "<s>")
    ),
    (
      #""merges":[]"#, #""merges":[],"unk_token":"<unk>""#,
      .unknownToken(field: "model.unk_token", name: "<unk>")
    ),
    (
      #""merges":[]"#, #""merges":[],"dropout":0.1"#,
      .unsupported(field: "model.dropout", found: "0.1", accepted: "null")
    ),
    (
      #""merges":[]"#, #""merges":[],"continuing_subword_prefix":"@@""#,
      .unsupported(field: "model.continuing_subword_prefix", found: #""@@""#, accepted: "null")
    ),
    (
      #""merges":[]"#, #""merges":[],"end_of_word_suffix":"</w>""#,
      .unsupported(field: "model.end_of_word_suffix", found: #""</w>""#, accepted: "null")
    ),
    (#""version""#, #""normalizer":{"type":"NFC"},"version""#, normalizer(#""NFC""#)),
    (
      #""version""#,
      #""normalizer":{"type":"Replace","pattern":{"String":" "},"content":"_"},"version""#,
      normalizer(#""Replace""#)
    ),
    (
      #""version""#, #""normalizer":{"type":"Prepend","prepend":"▁"},"version""#,
      normalizer(#""Prepend""#)
    ),
    (byteLevel, #""pre_tokenizer":{"type":"Whitespace""#, preTokenizer(#""Whitespace""#)),
    (
      byteLevel, #""pre_tokenizer":{"type":"Digits","individual_digits":false"#,
      preTokenizer(#""Digits""#)
    ),
    (
      byteLevel,
      #""pre_tokenizer":{"type":"Split","behavior":"Isolated","invert":false,"pattern":{"Regex":"\\d"}"#,
      preTokenizer(#""\\d""#)
    ),
    (
      byteLevel,
      #""pre_tokenizer":{"type":"Split","behavior":"Removed","invert":false,"pattern":{"String":"a"}"#,
      preTokenizer(#""Split""#)
    ),
    (
      byteLevel, #""pre_tokenizer":{"type":"Metaspace","replacement":"_""#,
      preTokenizer(#""Metaspace""#)
    ),
    (
      byteLevel, #""pre_tokenizer":{"type":"Metaspace","prepend_scheme":"last","replacement":"▁""#,
      preTokenizer(#""Metaspace""#)
    ),
    (
      #""type":"ByteLevel","use_regex":false},"model""#, #""type":"WordPiece"},"model""#,
      decoder(#""WordPiece""#)
    ),
    (
      #""type":"ByteLevel","use_regex":false},"model""#,
      #""type":"Sequence","decoders":[{"type":"Fuse"},{"type":"ByteFallback"}]},"model""#,
      decoder(#""Fuse", "ByteFallback""#)
    ),
    (#""decoder":{"#, #""decoder":null,"x":{"#, decoder("null")),
    (
      #""type":"TemplateProcessing""#, #""type":"BertProcessing""#,
      .unsupported(
        field: "post_processor", found: #""BertProcessing""#,
        accepted: #"one "TemplateProcessing""#)
    ),
    (
      #""single":["#, #""single":[{"SpecialToken":{"id":"<s>","type_id":0}},"#,
      .unsupported(
        field: "post_processor.single", found: "of another form",
        accepted: "a special token, then the text")
    ),
    (
      #""ids":[256]"#, #""ids":[258]"#,
      .unknownToken(field: "post_processor.special_tokens", name: "<s>")
    ),
    (#""a":97"#, #""a":-1"#, .absurdID(-1, token: "a")),
    (#""a":97"#, #""a":99999999"#, .absurdID(98, token: "b")),
    (#""a":97"#, #""a":98"#, .clash(id: 98, token: "b")),
    (#""a":97"#, #""a":97,"a":97"#, .json(.repeatedKey("a"))),
    (
      #""a":97"#, #""a":"97""#, .json(.wrongType(path: "model.vocab.a", expected: "a whole number"))
    ),
    (#""content":"<s>","id":256"#, #""content":"<s>","id":97"#, .clash(id: 97, token: "<s>")),
    (#""content":"<s>","id":256"#, #""content":"b","id":256"#, .clash(id: 256, token: "b")),
    (#""content":"<s>""#, #""content":"""#, .emptyToken(id: 256)),
    (#""content":"</s>""#, #""content":"end""#, .noEndOfText),
    (#""model":"#, #""modal":"#, .json(.missingKey("model"))),
    (
      #""vocab":{"#, #""vocab":[],"x":{"#,
      .json(.wrongType(path: "model.vocab", expected: "an object"))
    ),
    (#""vocab":{"#, #""v":{"#, .json(.missingKey("model.vocab"))),
  ]

  @Test("each field that asks for something else is refused by its name", arguments: changes)
  func refused(old: String, new: String, problem: TokenizerProblem) throws {
    let folder = try #require(folder)
    let url = try folder.file("tokenizer.json", text: Self.toy(replacing: old, with: new))
    _ = try folder.file(
      "tokenizer_config.json", text: #"{"tokenizer_class":"PreTrainedTokenizerFast"}"#)
    #expect(throws: TokenizerError(url, problem)) { try Tokenizer.read(directory: folder.url) }
    #expect(!problem.description.contains("\n"))
  }

  @Test("a model of another type is refused by its type, whatever its vocabulary looks like")
  func unigram() throws {
    let unigram = #""model":{"type":"Unigram","vocab":[]},"x":"#
    let toy = try Self.toy(replacing: #""model":"#, with: unigram)
    let url = try #require(folder).file("tokenizer.json", text: toy)
    let problem = TokenizerProblem.unsupported(
      field: "model.type", found: #""Unigram""#, accepted: #""BPE""#)
    #expect(throws: TokenizerError(url, problem)) {
      try Tokenizer.read(directory: url.deletingLastPathComponent())
    }
  }

  @Test("a message is one line: file, field, remedy")
  func message() {
    let url = URL(fileURLWithPath: "/tokenizer.json")
    #expect(
      TokenizerError(url, Self.normalizer(#""NFC""#)).description
        == #"/tokenizer.json: has normalizer "NFC", but only null, or "Prepend" of "▁" and "Replace" "#
        + #"of " " by "▁", is supported; use another tokenizer"#)
  }

  /// The toy tokenizer's file on one line, with one change.
  private static func toy(replacing old: String, with new: String) throws -> String {
    let folder = try TemporaryFolder()
    try Tokenizer.bytes.write(directory: folder.url)
    let file = try JSONSerialization.jsonObject(
      with: Data(readBytes(folder.file("tokenizer.json"))))
    let line = try JSONSerialization.data(
      withJSONObject: file, options: [.sortedKeys, .withoutEscapingSlashes])
    let text = String(decoding: line, as: UTF8.self)
    guard !old.isEmpty else { return text }
    let changed = text.replacingOccurrences(of: old, with: new)
    #expect(changed != text, "\(old) is not in \(text.prefix(900))")
    return changed
  }
}

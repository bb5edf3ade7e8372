import Foundation
import Testing

@testable import TinyReFT

@Suite("Tokenizer: files that are refused (docs/51-tokenizer.md)")
struct TokenizerStepsTests {
  let folder = try? TemporaryFolder()

  static let byteLevel =
    #""pre_tokenizer":{"add_prefix_space":false,"trim_offsets":false,"type":"ByteLevel""#

  static func normalizer(_ found: String) -> String {
    #""normalizer" is \#(found); supported: null, or "Prepend" of "▁" and "Replace" of " " by "▁""#
  }

  static func preTokenizer(_ found: String) -> String {
    #""pre_tokenizer" is \#(found); supported: null, "ByteLevel", "Digits" one by one, "Split" by "#
      + #"the expression of GPT-2 or Llama 3, or "Metaspace" of "▁" alone"#
  }

  static func decoder(_ found: String) -> String {
    #""decoder" is \#(found); supported: "ByteLevel", "Metaspace", or "Replace" of "▁" by " ", "#
      + #""ByteFallback", "Fuse" and "Strip" of one " ""#
  }

  static func unknown(_ field: String, _ name: String) -> String {
    #""\#(field)" names "\#(name)", but no token is called so; add it or correct the name"#
  }

  static func clash(_ token: String, _ id: Int) -> String {
    "gives \"\(token)\" the id \(id), which does not agree with another token; correct it"
  }

  static func gap(_ token: String, _ id: Int) -> String {
    "gives \"\(token)\" the id \(id), but ids must be 0, 1, 2, … without gaps; correct it"
  }

  /// What to find in the toy tokenizer's file, what to put there, and what is wrong then.
  static let changes = [
    (
      #""merges":[]"#, #""merges":[1]"#,
      #""model.merges[0]" is 1, where an array belongs; correct it"#
    ),
    (
      #""merges":[]"#, #""merges":[["a",1]]"#,
      #""model.merges[0][1]" is 1, where a string belongs; correct it"#
    ),
    (
      #""merges":[]"#, #""merges":["a b c"]"#,
      #""model.merges[0]" is "a b c"; supported: two tokens a line"#
    ),
    (#""merges":[]"#, #""merges":["a b"]"#, unknown("model.merges", "ab")),
    (#""merges":[]"#, #""merges":[["a","<s>"]]"#, unknown("model.merges", "<s>")),
    (#""merges":[]"#, #""merges":[],"unk_token":"<unk>""#, unknown("model.unk_token", "<unk>")),
    (
      #""merges":[]"#, #""merges":[],"dropout":0.1"#,
      #""model.dropout" is 0.1; supported: null"#
    ),
    (
      #""merges":[]"#, #""merges":[],"continuing_subword_prefix":"@@""#,
      #""model.continuing_subword_prefix" is "@@"; supported: null"#
    ),
    (
      #""merges":[]"#, #""merges":[],"end_of_word_suffix":"</w>""#,
      #""model.end_of_word_suffix" is "</w>"; supported: null"#
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
    (#""version""#, #""normalizer":{},"version""#, #"lacks the key "normalizer.type"; add it"#),
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
      #""post_processor" is "BertProcessing"; supported: one "TemplateProcessing""#
    ),
    (
      #""single":["#, #""single":[{"SpecialToken":{"id":"<s>","type_id":0}},"#,
      #""post_processor.single" has another form; supported: a special token, then the text"#
    ),
    (#""ids":[256]"#, #""ids":[258]"#, unknown("post_processor.special_tokens", "<s>")),
    (#""a":97"#, #""a":-1"#, gap("a", -1)), (#""a":97"#, #""a":99999999"#, gap("b", 98)),
    (#""a":97"#, #""a":98"#, clash("b", 98)),
    (#""a":97"#, #""a":97,"a":97"#, #"has the key "a" twice; remove one"#),
    (
      #""a":97"#, #""a":"97""#,
      #""model.vocab.a" is "97", where a whole number belongs; correct it"#
    ),
    (#""content":"<s>","id":256"#, #""content":"<s>","id":97"#, clash("<s>", 97)),
    (#""content":"<s>","id":256"#, #""content":"b","id":256"#, clash("b", 256)),
    (
      #""content":"<s>""#, #""content":"""#, "has an added token without text, id 256; remove it"
    ),
    (#""model":"#, #""modal":"#, #"lacks the key "model"; add it"#),
    (
      #""model":"#, #""model":null,"x":"#,
      #""model" is null, where an object belongs; correct it"#
    ),
    (
      #""vocab":{"#, #""vocab":[],"x":{"#,
      #""model.vocab" is an array, where an object belongs; correct it"#
    ),
    (#""vocab":{"#, #""v":{"#, #"lacks the key "model.vocab"; add it"#),
    // Whatever its vocabulary looks like.
    (
      #""model":"#, #""model":{"type":"Unigram","vocab":[]},"x":"#,
      #""model.type" is "Unigram"; supported: "BPE""#
    ),
  ]

  @Test("each field that asks for something else is refused by its name", arguments: changes)
  func refused(old: String, new: String, message: String) throws {
    let folder = try #require(folder)
    let url = try folder.file("tokenizer.json", text: Self.toy(replacing: old, with: new))
    _ = try folder.file(
      "tokenizer_config.json", text: #"{"tokenizer_class":"PreTrainedTokenizerFast"}"#)
    expectError(url, message) { try Tokenizer.read(directory: folder.url) }
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

import Foundation
import Testing

@testable import TinyReFT

@Suite("Tokenizer: files that are refused (docs/50-files.md)")
struct TokenizerChecksTests {
  let folder = try? TemporaryFolder()

  /// What to find in the toy tokenizer's file, what to put there, and what is wrong then.
  static let changes: [(String, String, TokenizerProblem)] = [
    (
      #""merges":[]"#, #""merges":["a b",["c","d"]]"#,
      .unsupported(field: "model.merges", found: "with 2 merges", accepted: "an empty list")
    ),
    (
      #""merges":[]"#, #""merges":[],"ignore_merges":true"#,
      .unsupported(field: "model.ignore_merges", found: "true", accepted: "false")
    ),
    (
      #""version""#, #""normalizer":{"type":"NFC"},"version""#,
      .unsupported(field: "normalizer", found: #""NFC""#, accepted: "null")
    ),
    (
      #""pre_tokenizer":{"#, #""pre_tokenizer":null,"x":{"#,
      .unsupported(field: "pre_tokenizer", found: "null", accepted: #""ByteLevel""#)
    ),
    (
      #""pre_tokenizer":{"add_prefix_space":false"#, #""pre_tokenizer":{"add_prefix_space":true"#,
      .unsupported(field: "pre_tokenizer.add_prefix_space", found: "true", accepted: "false")
    ),
    (
      #""use_regex":false},"version""#, #""use_regex":true},"version""#,
      .unsupported(field: "pre_tokenizer.use_regex", found: "true", accepted: "false")
    ),
    (
      #""type":"ByteLevel","use_regex":false},"model""#, #""type":"Metaspace"},"model""#,
      .unsupported(field: "decoder", found: #""Metaspace""#, accepted: #""ByteLevel""#)
    ),
    (
      #""content":"<s>","id":256,"lstrip":false"#, #""content":"<s>","id":256,"lstrip":true"#,
      .unsupported(
        field: #"single_word, lstrip or rstrip of "<s>" in added_tokens"#, found: "true",
        accepted: "false")
    ),
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
    (#""a":97"#, #""ab":97"#, .missingByte(97)),
    (#""a":97"#, #""a":-1"#, .absurdID(-1, token: "a")),
    (#""a":97"#, #""a":99999999"#, .absurdID(98, token: "b")),
    (#""a":97"#, #""a":98"#, .clash(id: 98, token: "b")),
    (#""a":97"#, #""a":97,"a":97"#, .json(.repeatedKey("a"))),
    (
      #""a":97"#, #""a":97,"a b":258"#,
      .unsupported(field: "model.vocab", found: #""a b""#, accepted: "the byte-level alphabet")
    ),
    (#""content":"<s>","id":256"#, #""content":"<s>","id":97"#, .clash(id: 97, token: "<s>")),
    (#""content":"<s>","id":256"#, #""content":"b","id":256"#, .clash(id: 256, token: "b")),
    (#""content":"<s>""#, #""content":"""#, .emptyToken(id: 256)),
    (#""content":"</s>""#, #""content":"end""#, .noEndOfText),
    (#""model":"#, #""modal":"#, .json(.missingKey("model"))),
  ]

  @Test("each field that asks for something else is refused by its name", arguments: changes)
  func refused(old: String, new: String, problem: TokenizerProblem) throws {
    let folder = try #require(folder)
    let url = try folder.file("tokenizer.json", text: Self.toy(replacing: old, with: new))
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

  @Test("the config names a token that does not exist")
  func unknownEnd() throws {
    let file = try JSONText.decode(
      TokenizerFile.self, from: Array(Self.toy(replacing: "", with: "").utf8))
    let field = "eos_token of tokenizer_config.json"
    #expect(throws: TokenizerProblem.unknownToken(field: field, name: "<eot>")) {
      try Tokenizer(file, end: "<eot>")
    }
  }

  @Test("post-processors in a sequence, as Llama 3 has them, and none at all")
  func postProcessors() throws {
    let folder = try #require(folder)
    let sequence = #""post_processor":{"type":"Sequence","processors":[{"type":"ByteLevel"},"#
    var text = try Self.toy(replacing: #""post_processor":"#, with: sequence)
    text = text.replacingOccurrences(of: #","pre_tokenizer""#, with: #"]},"pre_tokenizer""#)
    _ = try folder.file("tokenizer.json", text: text)
    #expect(try Tokenizer.read(directory: folder.url) == .bytes)

    text = try Self.toy(replacing: #""post_processor":"#, with: #""post_processor":null,"x":"#)
    _ = try folder.file("tokenizer.json", text: text)
    #expect(try Tokenizer.read(directory: folder.url).beginningOfText == nil)
  }

  @Test("a message is one line: file, field, remedy")
  func message() {
    let problem = TokenizerProblem.unsupported(
      field: "model.merges", found: "with 2 merges", accepted: "an empty list")
    #expect(
      TokenizerError(URL(fileURLWithPath: "/tokenizer.json"), problem).description
        == "/tokenizer.json: has model.merges with 2 merges, but only an empty list is supported; "
        + "use another tokenizer")
  }

  /// The toy tokenizer's file on one line, with one change.
  private static func toy(replacing old: String, with new: String) throws -> String {
    let folder = try TemporaryFolder()
    try Tokenizer.bytes.write(directory: folder.url)
    let file = try JSONText.decode(
      TokenizerFile.self, from: readBytes(folder.file("tokenizer.json")))
    let text = String(decoding: try JSONText.encode(file), as: UTF8.self)
    guard !old.isEmpty else { return text }
    let changed = text.replacingOccurrences(of: old, with: new)
    #expect(changed != text, "\(old) is not in \(text.prefix(900))")
    return changed
  }
}

import Foundation
import Testing

@testable import TinyReFT

@Suite("Tokenizer: the first token and the last (docs/51-tokenizer.md)")
struct TokenizerEndsTests {
  private let folder: TemporaryFolder
  private let side: URL

  init() throws {
    folder = try TemporaryFolder()
    side = folder.url.appending(path: "tokenizer_config.json")
  }

  /// The toy base's tokenizer with another tokenizer_config.json, or none, and without a template.
  private func read(
    _ config: String?, template: Bool = true, end: String = "</s>"
  ) throws -> Tokenizer {
    try Tokenizer.bytes.write(directory: folder.url)
    let text = try String(contentsOf: folder.file("tokenizer.json"), encoding: .utf8)
      .replacing(#""post_processor""#, with: template ? #""post_processor""# : #""x""#)
      .replacing("\"</s>\"", with: "\"\(end)\"")
    _ = try folder.file("tokenizer.json", text: text)
    _ = try folder.file("tokenizer_config.json", text: config ?? "")
    if config == nil { try FileManager.default.removeItem(at: side) }
    return try Tokenizer.read(directory: folder.url)
  }

  private func unknown(_ field: String, _ name: String) -> String {
    #""\#(field)" names "\#(name)", but no token is called so; add it or correct the name"#
  }

  @Test("the end of text: by the config, as a string or an object, or by its usual name")
  func endOfText() throws {
    let rows = [
      (#"{"eos_token": "<s>"}"#, 256), (#"{"eos_token": {"content": "<s>"}}"#, 256),
      (#"{"eos_token": null}"#, 257), ("{}", 257), (nil, 257),
    ]
    for (config, id) in rows { #expect(try read(config).endOfText == id) }
    expectError(side, unknown("eos_token", "<eot>")) { try read(#"{"eos_token": "<eot>"}"#) }
    let main = side.deletingLastPathComponent().appending(path: "tokenizer.json")
    expectError(
      main, "has no token that ends a text; name it as eos_token in tokenizer_config.json"
    ) { try read("{}", end: "end") }
  }

  @Test("Llama's class asks the config what begins a text; so does a config without a class")
  func llama() throws {
    for name in [
      #""tokenizer_class":"LlamaTokenizer","#, #""tokenizer_class":"LlamaTokenizerFast","#, "",
    ] {
      let rows: [(String, Int?)] = [
        (#""x":0"#, 256), (#""add_bos_token":false"#, nil), (#""bos_token":"</s>""#, 257),
        (#""add_bos_token":true,"bos_token":{"content":"</s>"}"#, 257),
      ]
      for (rest, id) in rows {
        #expect(try read("{\(name)\(rest)}", template: false).beginningOfText == id)
        #expect(try read("{\(name)\(rest)}").beginningOfText == id, "whatever the template says")
      }
      expectError(side, #""add_eos_token" is true; supported: false"#) {
        try read("{\(name)\"add_eos_token\":true}")
      }
      expectError(side, unknown("bos_token", "<b>")) { try read("{\(name)\"bos_token\":\"<b>\"}") }
    }
    #expect(try read(nil, template: false).beginningOfText == 256)
  }

  @Test("every other class goes by the template")
  func template() throws {
    let config =
      #"{"tokenizer_class":"PreTrainedTokenizerFast","add_bos_token":true,"bos_token":"</s>"}"#
    #expect(try read(config).beginningOfText == 256)
    #expect(try read(config, template: false).beginningOfText == nil)
  }
}

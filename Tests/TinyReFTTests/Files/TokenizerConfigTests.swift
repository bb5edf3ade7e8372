import Foundation
import Testing

@testable import TinyReFT

@Suite("Tokenizer config (docs/51-tokenizer.md)")
struct TokenizerConfigTests {
  /// The toy base's tokenizer with another tokenizer_config.json, or none, and without a template.
  private func read(_ config: String?, template: Bool = true) throws -> Tokenizer {
    let folder = try TemporaryFolder()
    try Tokenizer.bytes.write(directory: folder.url)
    let main = try folder.file("tokenizer.json")
    if !template {
      let file = try String(contentsOf: main, encoding: .utf8)
      let changed = file.replacingOccurrences(of: #""post_processor""#, with: #""x""#)
      _ = try folder.file("tokenizer.json", text: changed)
    }
    let side = try folder.file("tokenizer_config.json", text: config ?? "")
    if config == nil { try FileManager.default.removeItem(at: side) }
    do { return try Tokenizer.read(directory: folder.url) } catch {
      throw error.problem
    }
  }

  @Test("the end of text: by the config, as a string or an object, or by its usual name")
  func endOfText() throws {
    let rows = [
      (#"{"eos_token": "<s>"}"#, 256), (#"{"eos_token": {"content": "<s>"}}"#, 256),
      (#"{"eos_token": null}"#, 257), ("{}", 257), (nil, 257),
    ]
    for (config, id) in rows { #expect(try read(config).endOfText == id) }
    #expect(throws: unknown("eos_token", "<eot>")) { try read(#"{"eos_token": "<eot>"}"#) }
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
      #expect(
        throws: TokenizerProblem.unsupported(
          field: "add_eos_token of tokenizer_config.json", found: "true", accepted: "false")
      ) { try read("{\(name)\"add_eos_token\":true}") }
      #expect(throws: unknown("bos_token", "<b>")) { try read("{\(name)\"bos_token\":\"<b>\"}") }
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

  private func unknown(_ field: String, _ name: String) -> TokenizerProblem {
    .unknownToken(field: "\(field) of tokenizer_config.json", name: name)
  }
}

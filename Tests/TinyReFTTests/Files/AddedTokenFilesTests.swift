import Foundation
import Testing

@testable import TinyReFT

/// Fixtures/tokenizers/make_side_files.py asked transformers.
@Suite("Added tokens of several files (docs/51-tokenizer.md)")
struct AddedTokenFilesTests {
  struct Folder: Decodable {
    let folder: String
    let added: [Int]
    let files: [String: String?]
    let eos: Int?
    let cases: [TokenizerFamiliesTests.Case]
  }

  /// The tokenizer beside the fixture with these added tokens and these files.
  private func read(
    _ family: String, added: [Int]? = nil, _ files: [String: String?]
  ) throws -> Tokenizer {
    let (source, folder) = (fixture("tokenizers/\(family)"), try TemporaryFolder())
    let bytes = try readBytes(source.appending(path: "tokenizer.json"))
    let main = try #require(
      try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    let tokens = try #require(main["added_tokens"] as? [[String: Any]])
      .filter { added?.contains($0["id"] as? Int ?? -1) ?? true }
    // The rest stays as it is written: Foundation would make one of two tokens that are é.
    let start = try #require(bytes.firstRange(of: Array("\"added_tokens\":".utf8))).upperBound
    let end = try #require(bytes.firstRange(of: Array("\"normalizer\":".utf8))).lowerBound
    let list = try Array(JSONSerialization.data(withJSONObject: tokens)) + Array(",".utf8)
    _ = try folder.file("tokenizer.json", bytes[..<start] + list + bytes[end...])
    for case (let name, let text?) in files { _ = try folder.file(name, text: text) }
    return try Tokenizer.read(directory: folder.url)
  }

  @Test("they are put together as transformers does it")
  func folders() throws {
    let folders = try decoded([Folder].self, from: fixture("tokenizers/side_files.json"))
    #expect(folders.count == 15)
    for (i, folder) in folders.enumerated() {
      let tokenizer = try read(folder.folder, added: folder.added, folder.files)
      #expect(tokenizer.endOfText == folder.eos ?? tokenizer.endOfText, "folder \(i)")
      for one in folder.cases {
        let (text, first) = (try #require(one.text), [tokenizer.beginningOfText])
        let ids = tokenizer.encode(text)
        #expect(ids == one.ids, "folder \(i): \(text.debugDescription)")
        #expect(first.compactMap(\.self) + ids == one.special, "folder \(i)")
        #expect(tokenizer.decode(ids) == one.decoded, "folder \(i)")
      }
    }
  }

  @Test(
    "what cannot be followed is refused by file and field",
    arguments: [
      (
        "sentencepiece", #"{"tokenizer_class":"LlamaTokenizer","add_prefix_space":false}"#,
        #""add_prefix_space" is false; supported: true, as tokenizer.json has it, or null"#
      ),
      (
        "bytelevel-gpt2", #"{"tokenizer_class":"GPT2Tokenizer","eos_token":"<|end|>"}"#,
        #""eos_token" names "<|end|>", but no token is called so; add it or correct the name"#
      ),
      (
        "sentencepiece", #"{"split_special_tokens":true}"#,
        #""split_special_tokens" is true; supported: false"#
      ),
      (
        "bytelevel-gpt2", #"{"tokenizer_class":"GPTNeoXTokenizerFast"}"#,
        #""tokenizer_class" is "GPTNeoXTokenizerFast"; supported: LlamaTokenizer, "#
          + "CodeLlamaTokenizer, GPT2Tokenizer, Qwen2Tokenizer, PreTrainedTokenizer, each with or "
          + "without Fast"
      ),
      (
        "bytelevel-gpt2", #"{"added_tokens_decoder":{"x":{"content":"<a>"}}}"#,
        #""added_tokens_decoder" names "x"; use ids"#
      ),
      (
        "bytelevel-gpt2", #"{"added_tokens_decoder":{"481":{"content":""}}}"#,
        "has an added token without text; remove it"
      ),
    ])
  func refused(family: String, config: String, message: String) throws {
    let error = try #require(throws: FileError.self) {
      try read(family, ["tokenizer_config.json": config])
    }
    #expect(error.description.hasSuffix("tokenizer_config.json: \(message)"))
  }
}

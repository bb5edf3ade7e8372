import Foundation
import Testing

@testable import TinyReFT

@Suite("Tokenizer directory (docs/50-files.md)")
struct TokenizerDirectoryTests {
  let folder = try? TemporaryFolder()

  @Test("what was written comes back")
  func roundTrip() throws {
    let folder = try #require(folder)
    try Tokenizer.bytes.write(directory: folder.url)
    #expect(try Tokenizer.read(directory: folder.url) == .bytes)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(files.sorted() == ["tokenizer.json", "tokenizer_config.json"])
    let text = try String(contentsOf: folder.file("tokenizer.json"), encoding: .utf8)
    #expect(text.contains(#""Ġ" : 32"#))
  }

  @Test("special tokens that stand in the vocabulary, before the bytes")
  func specialsFirst() throws {
    let folder = try #require(folder)
    let tokenizer = Tokenizer(
      spellings: [Array("<end>".utf8)] + Tokenizer.bytes.spellings.prefix(256)
        + [Array("<add me>".utf8)],
      byteIDs: Array(1...256),
      addedTokens: [
        Tokenizer.AddedToken(text: "<end>", id: 0, isSpecial: true),
        Tokenizer.AddedToken(text: "<add me>", id: 257, isSpecial: false),
      ], beginningOfText: nil, endOfText: 0)
    try tokenizer.write(directory: folder.url)
    let copy = try Tokenizer.read(directory: folder.url)
    #expect(copy == tokenizer)
    #expect(copy.encode("a<add me>") == [98, 257])
    #expect(copy.decode([98, 257, 0]) == "a<add me>")
  }

  @Test("the end of text: by the config, as a string or an object, or by its usual name")
  func endOfText() throws {
    let folder = try #require(folder)
    try Tokenizer.bytes.write(directory: folder.url)
    let texts = [
      (#"{"eos_token": "<s>"}"#, 256), (#"{"eos_token": {"content": "<s>"}}"#, 256),
      (#"{"eos_token": null}"#, 257), ("{}", 257),
    ]
    for (text, id) in texts {
      _ = try folder.file("tokenizer_config.json", text: text)
      #expect(try Tokenizer.read(directory: folder.url).endOfText == id)
    }
    try FileManager.default.removeItem(at: folder.file("tokenizer_config.json"))
    #expect(try Tokenizer.read(directory: folder.url).endOfText == 257)
  }

  @Test("an error names the file that it is in")
  func errors() throws {
    let folder = try #require(folder)
    let (main, side) = try (folder.file("tokenizer.json"), folder.file("tokenizer_config.json"))
    let none = DiskProblem.cannotRead("there is no such file or folder")
    #expect(throws: TokenizerError(main, .disk(none))) { try Tokenizer.read(directory: folder.url) }

    try Tokenizer.bytes.write(directory: folder.url)
    _ = try folder.file("tokenizer_config.json", text: #"{"eos_token": 1}"#)
    let wrong = JSONProblem.wrongType(path: "eos_token", expected: "a string")
    #expect(throws: TokenizerError(side, .json(wrong))) {
      try Tokenizer.read(directory: folder.url)
    }
    _ = try folder.file("tokenizer.json", text: #"{"model": {}"#)
    let broken = JSONProblem.broken(byte: 13, expected: "a comma or }")
    #expect(throws: TokenizerError(main, .json(broken))) {
      try Tokenizer.read(directory: folder.url)
    }
    #expect(throws: TokenizerError.self) {
      try Tokenizer.bytes.write(directory: folder.url.appendingPathComponent("nowhere"))
    }
  }

  @Test("500 damaged files are read or refused, and none traps")
  func damage() throws {
    let folder = try #require(folder)
    try Tokenizer.bytes.write(directory: folder.url)
    let main = try folder.file("tokenizer.json")
    let bytes = try readBytes(main)
    var stream = RandomStream(seed: 1)
    var refused = 0
    for _ in 0..<500 {
      _ = try folder.file("tokenizer.json", stream.damaged(bytes))
      do {
        let tokenizer = try Tokenizer.read(directory: folder.url)
        #expect(tokenizer.decode(tokenizer.encode("hi é")) == "hi é")
      } catch {
        #expect(!"\(error)".contains("\n"))
        refused += 1
      }
    }
    #expect(refused > 100)
  }
}

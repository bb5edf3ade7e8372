import Foundation
import Testing

@testable import TinyReFT

@Suite("Tokenizer files (docs/51-tokenizer.md)")
struct TokenizerFileTests {
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

  @Test(
    "data/base's own files are read as the toy base's tokenizer, and are written so to the byte")
  func toyBase() throws {
    let base = fixture("../../../data/base")
    #expect(try Tokenizer.read(directory: base) == .bytes)
    let folder = try #require(folder)
    try Tokenizer.bytes.write(directory: folder.url)
    for name in ["tokenizer.json", "tokenizer_config.json"] {
      #expect(try readBytes(folder.file(name)) == readBytes(base.appending(path: name)))
    }
  }

  @Test("a tokenizer that came from other files is not written")
  func notWritten() throws {
    let url = try #require(folder).url
    let tokenizer = try Tokenizer.read(directory: fixture("tokenizers/sentencepiece"))
    let main = url.appendingPathComponent("tokenizer.json")
    let message =
      "would not be as it was read; copy tokenizer.json and tokenizer_config.json instead"
    expectError(main, message) { try tokenizer.write(directory: url) }
    #expect(!FileManager.default.fileExists(atPath: main.path))
  }

  @Test("an error names the file that it is in")
  func errors() throws {
    let folder = try #require(folder)
    let (main, side) = try (folder.file("tokenizer.json"), folder.file("tokenizer_config.json"))
    func expect(_ url: URL, _ message: String, at line: SourceLocation = #_sourceLocation) {
      expectError(url, message, sourceLocation: line) { try Tokenizer.read(directory: folder.url) }
    }
    expect(main, "cannot be read: there is no such file or folder; check the path")
    let old = try folder.file("tokenizer.model", [0])
    expect(
      old,
      "is SentencePiece's own file, which is not read; in Python, from_pretrained(folder)"
        + ".save_pretrained(folder) of transformers' AutoTokenizer writes tokenizer.json")

    try Tokenizer.bytes.write(directory: folder.url)
    _ = try folder.file("tokenizer_config.json", text: #"{"eos_token": 1}"#)
    expect(side, #""eos_token" is 1, where a string belongs; correct it"#)
    _ = try folder.file("tokenizer.json", text: #"{"model": {}"#)
    expect(main, "is not valid JSON; correct it there")
    let nowhere = folder.url.appending(path: "nowhere")
    expectError(
      nowhere.appending(path: "tokenizer.json"),
      "cannot be written: there is no such file or folder; choose another place"
    ) { try Tokenizer.bytes.write(directory: nowhere) }
  }

  static let folders = [
    "sentencepiece", "sentencepiece-metaspace", "bytelevel-gpt2", "bytelevel-llama3",
  ]

  @Test("400 damaged files of each kind are read or refused, and none traps", arguments: folders)
  func damage(name: String) throws {
    let folder = try #require(folder)
    let bytes = try readBytes(fixture("tokenizers/\(name)/tokenizer.json"))
    // Half of the damage where the settings are, before the vocabulary and behind the merges.
    let settings = try #require(bytes.firstRange(of: "\"vocab\"".utf8)).lowerBound
    var stream = RandomStream(seed: 1)
    var (refused, changed) = (0, 0)
    let whole = try Tokenizer.read(directory: fixture("tokenizers/\(name)"))
    for round in 0..<400 {
      let damaged =
        round.isMultiple(of: 2)
        ? stream.damaged(bytes) : stream.damaged(Array(bytes[..<settings])) + bytes[settings...]
      _ = try folder.file("tokenizer.json", damaged)
      do {
        let tokenizer = try Tokenizer.read(directory: folder.url)
        let ids = tokenizer.encode(" hi é 中\r\n12 <s>🦜")
        _ = (tokenizer.decode(ids), tokenizer.decodeBytes(ids + [-1, .max]))
        if tokenizer != whole { changed += 1 }
      } catch {
        #expect(!"\(error)".contains("\n"))
        refused += 1
      }
    }
    #expect(refused > 50 && changed > 0, "\(refused) refused, \(changed) changed")
  }
}

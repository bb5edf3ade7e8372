import Foundation
import Testing

@testable import Command
@testable import TinyReFT

/// Inputs at which an algorithm of n² steps would stand still: each is many times the same. Here they
/// are as many as show it for what was found; `TINYREFT_SCALE=10` makes them 300,000.
@Suite("Hostile sizes (docs/80-trust.md)", .serialized)
struct HostileSizesTests {
  private static let n = 30_000 * (HostileCampaign.number("TINYREFT_SCALE") ?? 1)

  /// Of texts that go through a whole tokenizer.
  private static let line = HostileCampaign.number("TINYREFT_SCALE") == nil ? n / 10 : n

  private func within(_ name: String, _ work: () throws -> Void) rethrows {
    let watch = HostileWatch(name)
    let start = ContinuousClock.now
    try work()
    watch.end()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    if HostileCampaign.number("TINYREFT_SCALE") != nil { print("sizes: \(name) \(seconds) s") }
    #expect(seconds < HostileCampaign.longest, "\(name): \(seconds) s")
  }

  private static func repeated(_ text: String) -> String { String(repeating: text, count: n) }

  @Test("JSON: depth, keys, a number, a text, in one line and in many")
  func json() throws {
    let folder = try TemporaryFolder()
    let keys = (0..<Self.n).map { "\"\($0)\":0" }.joined(separator: ",")
    let escaped = (0..<Self.n).map { "\"\\u0041\($0)\":0" }.joined(separator: ",")
    for (name, text) in [
      ("brackets", Self.repeated("[")), ("braces", Self.repeated("{\"a\":")),
      ("a number", "{\"a\":" + Self.repeated("9") + "}"),
      ("a fraction", "{\"a\":0." + Self.repeated("0") + "1}"), ("keys", "{\(keys)}"),
      ("escaped keys", "{\(escaped)}"), ("accents in a key", "{\"\(Self.repeated("\u{301}"))\":1}"),
      ("accents in both orders", "{\"\(Self.repeated("\u{301}\u{323}"))\":1}"),
      ("an array", "{\"a\":[\(Self.repeated("0,"))0]}"), ("spaces", Self.repeated(" ") + "{}"),
      ("escapes", "{\"a\":\"\(Self.repeated("\\u0000"))\"}"),
      ("keys of flags", "{\"a\":\"\(Self.repeated("🇩🇪"))\"}"),
      ("accents in a text", "{\"a\":\"\(Self.repeated("\u{301}"))\"}"),
    ] {
      let url = try folder.file("x.json", text: text)
      within("JSON, \(name)") {
        _ = try? RunReport.read(url)
        let value = try? JSON.read(url)["a"]
        _ = (try? value?.string(), try? value?.ints())
        _ = try? KeyScanner.members(of: readBytes(url), at: [], in: url)
      }
    }
    let lines = try folder.file("x.jsonl", text: Self.repeated("{\"prompt\":1}\n"))
    within("empty lines") { _ = try? JSONLines.read(lines).map { try $0["prompt"].string() } }
    let blank = try folder.file("y.jsonl", text: Self.repeated("\n"))
    within("blank lines") { _ = try? JSONLines.read(blank) }
  }

  @Test("safetensors: a header of many tensors")
  func tensors() throws {
    let count = Self.n / 10
    let names = (0..<count).map {
      "\"\($0)\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}"
    }
    let header = Array("{\(names.joined(separator: ","))}".utf8)
    let folder = try TemporaryFolder()
    let url = try folder.file("x.safetensors", littleEndian(UInt64(header.count)) + header)
    try within("a header of many tensors") {
      let file = try Safetensors.read(url)
      #expect(file.tensors.count == count)
    }
  }

  /// Texts of one character, of two, of many spaces, of accents, of flags and families.
  private static var texts: [String] {
    [
      "a", " ", "\n", "ab", "▁", "1", "'s", "\u{301}", "\u{301}\u{323}", "🇩🇪", "👩\u{200D}", " \n",
      "<",
    ].map { String(repeating: $0, count: line) }
  }

  @Test(
    "every family encodes and decodes a long line of one character",
    arguments: [
      "bytelevel-gpt2", "bytelevel-llama3", "sentencepiece", "sentencepiece-metaspace",
    ])
  func lines(family: String) throws {
    let tokenizer = try Tokenizer.read(directory: fixture("tokenizers/\(family)"))
    for text in Self.texts {
      within("\(family), \(text.unicodeScalars.first.debugDescription)") {
        let ids = tokenizer.encode(text)
        _ = (tokenizer.decode(ids), tokenizer.decodeBytes(ids))
      }
    }
  }

  @Test("ids become bytes one after another, however many came before")
  func stream() throws {
    let tokenizer = try Tokenizer.read(directory: fixture("tokenizers/sentencepiece"))
    let ids = tokenizer.encode(String(repeating: "word 中 ", count: Self.line / 10))
    var stream = Tokenizer.Stream(tokenizer)
    within("one id after another") {
      let bytes = (0..<10).flatMap { _ in ids.flatMap { stream.bytes(of: $0) } }
      #expect(bytes.count > Self.line)
    }
  }

  @Test("words are cut in one walk", arguments: [WordExpression.gpt2, .llama3])
  func words(of expression: WordExpression) {
    // Found: to cut off three digits, all that followed were looked at.
    for text in ["1", "a", " ", "\n", "'s", " \n"] {
      within("words, \(text.debugDescription)") {
        let scalars = Array(String(repeating: text, count: 10 * Self.n).unicodeScalars)
        _ = WordScanner(expression, scalars[...]).words
      }
    }
  }

  /// Every one of these tokens begins as the text does, and spaces are taken by each.
  @Test("added tokens that are almost there at every place of a text")
  func addedTokens() {
    let almost = (1..<AddedTokens.longest).map { String(repeating: "a", count: $0) + "b" }
    let many = (0..<Self.n / 100).map { "a\($0)" }
    var spaces = AddedToken(text: " ", id: 0)
    (spaces.takesSpacesBefore, spaces.takesSpacesBehind) = (true, true)
    let tokens = AddedTokens(
      (almost + many).enumerated().map { AddedToken(text: $1, id: $0) } + [spaces])
    for text in ["a", " ", "a "] {
      within("added tokens, \(text.debugDescription)") {
        // Of spaces more: n² looks at a space are quick.
        let count = text == "a" ? Self.n / 3 : 10 * Self.n
        _ = tokens.cut(Array(String(repeating: text, count: count).unicodeScalars)[...])
      }
    }
  }

  @Test("merges that join each other's results, and words that are one token")
  func merges() {
    // a, aa, aaaa, … and merges of each with itself and with all before it.
    let (count, a) = (17, Unicode.Scalar("a"))
    let ids = Dictionary(
      uniqueKeysWithValues: (0..<count).map { (Array(repeating: a, count: 1 << $0), $0) })
    var merges: [BytePairEncoding.Pair: BytePairEncoding.Merge] = [:]
    for i in 0..<count - 1 { merges[.init(left: i, right: i)] = .init(rank: i, joined: i + 1) }
    let model = BytePairEncoding(ids: ids, merges: merges, takesWholeWords: true)
    within("merges") {
      let tokens = model.encode(Array(Self.repeated("a").unicodeScalars)[...])
      #expect(tokens.reduce(0) { $0 + 1 << $1 } == Self.n)
    }
  }

  @Test("a step that doubles a text stands once, or the file is refused")
  func doubling() throws {
    let folder = try TemporaryFolder()
    try Tokenizer.bytes.write(directory: folder.url)
    let step = #"{"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}"#
    let url = folder.url.appending(path: "tokenizer.json")
    var tree = try #require(JSONTree(readBytes(url)))
    guard case .object(let members) = tree else { return }
    tree = .object(
      members.filter { $0.key != Array("\"pre_tokenizer\"".utf8) } + [
        (
          Array("\"pre_tokenizer\"".utf8),
          .leaf(
            Array(
              #"{"type": "Sequence", "pretokenizers": [\#(step), \#(step)]}"#.utf8))
        )
      ])
    _ = try folder.file("tokenizer.json", tree.bytes)
    let message = #""pre_tokenizer" has the same step twice; supported: each step once"#
    expectError(url, message) { try Tokenizer.read(directory: folder.url) }
  }

  @Test("a long word on the command line")
  func words() {
    for word in ["--", "--=", ""] {
      within("words") {
        #expect(throws: UsageError.self) {
          try EvalCommand([word + Self.repeated("a")])
        }
      }
    }
  }
}

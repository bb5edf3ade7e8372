import Foundation
import Testing

@testable import TinyReFT

/// What Hugging Face's libraries make of hard texts; Fixtures/tokenizers/make_tokenizers.py asked them.
@Suite("Tokenizer families (docs/51-tokenizer.md)")
struct TokenizerFamiliesTests {
  struct Case: Decodable {
    /// Missing where ids were decoded that no text gives.
    var text: String?
    var ids: [Int]
    /// The ids with those that the template adds.
    var special: [Int]?
    var decoded: String
  }

  struct Variant: Decodable {
    var folder, old, new: String
    var cases: [Case]
  }

  private func check(_ tokenizer: Tokenizer, _ cases: [Case], _ name: String) {
    for one in cases {
      if let text = one.text {
        let ids = tokenizer.encode(text)
        #expect(ids == one.ids, "\(name): \(text.debugDescription)")
        let first = [tokenizer.beginningOfText].compactMap(\.self)
        #expect(first + ids == one.special ?? first + ids)
      }
      // One id after another it is the same.
      var stream = Tokenizer.Stream(tokenizer)
      #expect(one.ids.flatMap { stream.bytes(of: $0) } == tokenizer.decodeBytes(one.ids))
      // Scalars, because strings are equal that have other bytes.
      let decoded = tokenizer.decode(one.ids)
      #expect(
        decoded.unicodeScalars.elementsEqual(one.decoded.unicodeScalars),
        "\(name): \(one.ids) is \(decoded.debugDescription), not \(one.decoded.debugDescription)")
    }
  }

  @Test(
    "ids and text of 180 hard cases are Hugging Face's", arguments: TokenizerFileTests.folders)
  func cases(folder: String) throws {
    let cases = try decoded([Case].self, from: fixture("tokenizers/\(folder)/cases.json"))
    #expect(cases.count == 180)
    check(try Tokenizer.read(directory: fixture("tokenizers/\(folder)")), cases, folder)
  }

  @Test("so they are for 19 settings that these four files do not have")
  func variants() throws {
    let variants = try decoded([Variant].self, from: fixture("tokenizers/variants.json"))
    #expect(variants.count == 19)
    for variant in variants {
      let source = fixture("tokenizers/\(variant.folder)")
      let folder = try TemporaryFolder()
      let bytes = try readBytes(source.appending(path: "tokenizer.json"))
      let changed = bytes.replacing(Array(variant.old.utf8), with: Array(variant.new.utf8))
      #expect(changed != bytes)
      _ = try folder.file("tokenizer.json", changed)
      let config = "tokenizer_config.json"
      _ = try folder.file(config, readBytes(source.appending(path: config)))
      check(try Tokenizer.read(directory: folder.url), variant.cases, variant.new)
    }
  }

  @Test("byte-level gives every text back, to the byte", arguments: ["gpt2", "llama3"])
  func roundTrip(family: String) throws {
    let tokenizer = try Tokenizer.read(directory: fixture("tokenizers/bytelevel-\(family)"))
    var stream = RandomStream(seed: 5)
    for _ in 0..<300 {
      let bytes = (0..<40).map { _ in UInt8.random(in: 0...255, using: &stream) }
      // Random bytes are seldom UTF-8; the text is what is left of them.
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(tokenizer.decodeBytes(tokenizer.encode(text)) == Array(text.utf8))
    }
    // And any bytes, as ids: each byte is a token of its own.
    let alphabet = Dictionary(uniqueKeysWithValues: zip(tokenizer.tokens, 0...))
    for byte in UInt8.min...UInt8.max {
      let id = try #require(alphabet[String(ByteAlphabet.characters[Int(byte)])])
      #expect(tokenizer.decodeBytes([id]) == [byte])
    }
  }

  @Test("SentencePiece gives every text back that has no mark in it")
  func sentencePieceRoundTrip() throws {
    let tokenizer = try Tokenizer.read(directory: fixture("tokenizers/sentencepiece"))
    var stream = RandomStream(seed: 6)
    for _ in 0..<300 {
      let bytes = (0..<40).map { _ in UInt8.random(in: 0...255, using: &stream) }
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(tokenizer.decodeBytes(tokenizer.encode(text)) == Array(text.utf8))
    }
  }

  @Test("a file with both spellings of é keeps them apart")
  func bothSpellings() throws {
    let tokenizer = try Tokenizer.read(directory: fixture("tokenizers/sentencepiece"))
    let (one, two) = (tokenizer.encode("\u{E9}"), tokenizer.encode("e\u{301}"))
    #expect(one.count == 2 && two.count == 2 && one != two, "▁ and é, each a token")
  }
}

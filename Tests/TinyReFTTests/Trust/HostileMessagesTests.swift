import Foundation
import Testing

@testable import Command
@testable import TinyReFT

/// Text from a file, or from the command line, in the words of an error.
@Suite("Hostile messages (docs/80-trust.md)")
struct HostileMessagesTests {
  /// Line ends of every kind, a terminal's command in two spellings, and far too long.
  private static let text =
    "a\nb\r\n\u{85}\u{2028}\u{1B}[2J\u{9B}2J\u{0}\"" + String(repeating: "x", count: 100_000)

  @Test("each is one line, not too long, and holds nothing that a terminal obeys")
  func oneLine() throws {
    let (text, url) = (Self.text, URL(filePath: "x"))
    let json = try JSON(JSONCoding.text(JSONObject([text: text])), of: url)
    let errors: [any Error] = [
      FileError.unexpectedTensor(url, text),
      json.unsupported("1"), try json[text].unsupported(""), json.unknownToken(text),
      UsageError.unknownSubcommand(text, nearest: nil), UsageError.unknownFlag(text, nearest: nil),
      UsageError.strayArgument(text),
      UsageError.invalidValue(text, flag: "--rank", problem: "expected a number"),
      UsageError.missingValue(flag: "--rank", next: text),
      UsageError.missingSubcommand(before: text),
      UsageError.switchWithValue(flag: "json", value: text),
    ]
    for error in errors { HostileCampaign.check(error, "\(type(of: error))", names: "") }
    check { _ = try json[text].int() }
    check { _ = try json["y" + text].int() }
    check { _ = try TaskPlace(ofTask: text) }
    var c = InterventionsDirectoryTests.configuration
    c.method = text
    check { _ = try c.check(against: BaseModelTests.configuration) }
    // What the parser says of a text that is none.
    for broken in [String(repeating: "9", count: 100_000), "\"\\u\u{2028}\u{9B}xx\"", text] {
      check { _ = try JSON(broken.utf8, of: url) }
    }
  }

  /// Fails unless an error is thrown, as it must be.
  private func check(_ body: () throws -> Void) {
    let error = #expect(throws: (any Error).self) { try body() }
    if let error { HostileCampaign.check(error, "\(type(of: error))", names: "") }
  }

  @Test("so is what a header of tensors, a vocabulary, an index or a label makes of it")
  func files() throws {
    let (text, folder) = (Self.text, try TemporaryFolder())
    let (url, numbers) = (folder.url, Array(0..<100_000))
    func header(_ type: String, _ shape: [Int], _ offsets: [Int]) throws -> [UInt8] {
      let entry = JSONObject(["dtype": type, "shape": shape, "data_offsets": offsets])
      return Array(try JSONCoding.text(JSONObject([text: entry])))
    }
    let twice = try header("F32", [1], [0, 4])
    for bytes in [
      try header(text, [1], [0, 4]), try header("F32", numbers, [0, 4]),
      try header("F32", [1], numbers), try header("F32", [1], [4, 8]),
      twice.dropLast() + [UInt8(ascii: ",")] + twice.dropFirst(),
    ] { check { _ = try SafetensorsHeader(json: bytes, dataSize: 4, of: url) } }
    for vocabulary in [[text: 7], [text: 0, "b": 0]] {
      let bytes = Array(try JSONCoding.text(["v": vocabulary]))
      check { _ = try TokenizerVocabulary(bytes, JSON(bytes, of: url)["v"], added: []) }
    }
    for (name, bytes) in try HostileReader.shards.get().seeds[0] {
      _ = try folder.file(name, bytes)
    }
    let shard = "model-00001-of-00003.safetensors"
    for map in [
      [text: text], [text: shard], ["model.embed_tokens.weight": "z" + text, text: shard],
    ] {
      try JSONCoding.write(["weight_map": map], to: url.appending(path: WeightFiles.index))
      check { _ = try WeightFiles(url) }
    }
    for labels in [[text, text], [text, "b" + text]] {
      let lines = url.appending(path: "x.jsonl")
      try JSONLines.write(labels.map { LabelledText(text: "a", label: $0) }, to: lines)
      check {
        _ = try LabelledSplit(
          JSONLines.read(lines), labels: labels[0] == labels[1] ? nil : ["c" + text, "d"])
      }
    }
  }

  @Test(
    "so it is where a check names what it found",
    arguments: [
      ("config.json", "\"LlamaForCausalLM\""), ("config.json", "\"silu\""),
      ("config.json", "\"llama\""), ("tokenizer.json", "\"BPE\""),
      ("tokenizer.json", "\"ByteLevel\""), ("tokenizer.json", "\"TemplateProcessing\""),
      ("tokenizer_config.json", "\"</s>\""),
    ])
  func checks(file: String, good: String) throws {
    let folder = try TemporaryFolder()
    let base = try HostileReader.base.get()
    for (name, bytes) in base.seeds[0] { _ = try folder.file(name, bytes) }
    let text = String(decoding: try #require(base.seeds[0][file]), as: UTF8.self)
    let hostile = String(decoding: try JSONCoding.text(Self.text), as: UTF8.self)
    try #require(text.contains(good))
    _ = try folder.file(file, text: text.replacing(good, with: hostile))
    let error = try #require(throws: (any Error).self) { try BaseModel.read(folder.url) }
    HostileCampaign.check(error, "\(file), \(good)", names: folder.url.path)
  }
}

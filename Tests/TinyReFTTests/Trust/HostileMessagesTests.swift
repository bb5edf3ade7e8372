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
    let (text, numbers) = (Self.text, Array(0..<100_000))
    let url = URL(filePath: "x")
    let errors: [any Error] = [
      CheckpointError(url, .configuration(.unknownMethod(text))),
      CheckpointError(url, .unexpectedTensor(text)),
      CheckpointError(url, .notBeside(text, file: text)),
      CheckpointError(url, .inTwoShards(text, text, text)),
      SafetensorsError(url, .unsupportedType(tensor: text, type: text)),
      SafetensorsError(url, .unsupportedRank(tensor: text, shape: numbers)),
      SafetensorsError(url, .absurdOffsets(tensor: text, offsets: numbers)),
      SafetensorsError(url, .header(.repeatedKey(text))),
      TokenizerError(url, .clash(id: 0, token: text)),
      TokenizerError(url, .unknownToken(field: "unk_token", name: text)),
      TokenizerError(url, .json(.wrongType(path: text, expected: "a number"))),
      TokenizerError(url, .json(.missingKey(text))), TaskError.unknown(text, known: ["loud"]),
      TaskError.unknownLabel(file: "x", line: 1, label: text, known: [text, text]),
      TaskError.oneLabel(file: "x", label: text), UsageError.unknownSubcommand(text, nearest: nil),
      UsageError.unknownFlag(text, nearest: nil), UsageError.strayArgument(text),
      UsageError.invalidValue(text, flag: "--rank", problem: "expected a number"),
      UsageError.missingValue(flag: "--rank", next: text),
      UsageError.missingSubcommand(before: text),
      UsageError.switchWithValue(flag: "json", value: text),
    ]
    for error in errors { HostileCampaign.check(error, "\(type(of: error))", names: "") }
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
    let hostile = String(decoding: try JSONText.encode(Self.text), as: UTF8.self)
    try #require(text.contains(good))
    _ = try folder.file(file, text: text.replacing(good, with: hostile))
    let error = try #require(throws: (any Error).self) { try BaseModel.read(folder.url) }
    HostileCampaign.check(error, "\(file), \(good)", names: folder.url.path)
  }
}

import Foundation
import Testing

@testable import TinyReFT

@Suite("Format versions, of rivals (docs/80-trust.md)")
struct RivalFormatTests {
  /// What `eval` said of each folder when it was written (Fixtures/make_formats.sh).
  static let losses = [
    "lora": 4.833939047486737, "dora": 4.864048579327074, "series-adapter": 4.970848840328754,
    "parallel-adapter": 4.981474042655748, "prefix-tuning": 5.268465974643309,
    "red": 5.054695031327579, "prompt-tuning": 5.11418913901593, "p-tuning": 4.977264013551837,
    "ln-tuning": 4.889626363672897, "last-layer": 4.338539091576503, "full": 1.2433239456995617,
  ]

  private static let one = fixture("formats/1")

  @Test("a folder of version 1 computes what it did when it was written", arguments: losses)
  func computes(name: String, loss: Double) throws {
    let base = try BaseModel.read(Self.one.appending(path: "base"))
    let read = try Rivals.read(Self.one.appending(path: name), for: base.decoder)
    let data = try TaskData(
      TaskPlace(Self.one.appending(path: "task")), split: .test, tokenizer: base.tokenizer,
      contextLength: 128)
    #expect(abs(read.adapted.model.evaluate(data.examples, threads: 1).loss - loss) < 1e-5)
  }

  @Test("what version 1 says of itself is read as it was meant")
  func configuration() throws {
    let base = try BaseModel.read(Self.one.appending(path: "base"))
    let lora = try Rivals.read(Self.one.appending(path: "lora"), for: base.decoder)
    #expect(
      lora.configuration
        == RivalConfiguration(
          method: "lora", size: 2, alpha: 4, maps: [.queries, .down], layers: [1, 3]))
  }

  @Test("a folder without a fingerprint loads without a word")
  func older() throws {
    let old = Self.one.appending(path: "lora")
    let text = try String(contentsOf: old.appending(path: "adapter.json"), encoding: .utf8)
    try #require(!text.contains("base_fingerprint"))
    let run = try tinyreft([
      "eval", "--interventions", old.path, "--base", Self.one.appending(path: "base").path,
      "--task", "loud",
    ])
    #expect(run.exitCode == 0 && run.errors == "", "\(run.errors)")
  }
}

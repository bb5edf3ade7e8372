import Foundation
import Testing

@testable import TinyReFT

@Suite("EndToken (docs/61-own-data.md)")
struct EndTokenTests {
  private func base() -> BaseModel {
    BaseModel(decoder: Decoder(BaseModelTests.configuration, seed: 1), tokenizer: .bytes)
  }

  /// Gives one token the row of another, times a factor.
  private func copy(_ from: Int, to: Int, times factor: Scalar = 1, in base: inout BaseModel) {
    for k in 0..<base.decoder.embedding.weight.columns {
      base.decoder.embedding.weight[to, k] = factor * base.decoder.embedding.weight[from, k]
    }
  }

  @Test("a token with the end token's row is found, up to a fiftieth, and the first may serve")
  func twins() {
    var base = base()
    base.decoder.head = nil
    #expect(base.twinOfEnd == nil && base.otherEnd == "<s>")
    copy(257, to: 3, times: 1.01, in: &base)
    #expect(base.twinOfEnd == 3 && base.otherEnd == "<s>")
    copy(257, to: 3, times: 1.03, in: &base)
    #expect(base.twinOfEnd == nil)
    // Neither has been read: the first cannot serve.
    copy(257, to: 256, in: &base)
    #expect(base.twinOfEnd == 256 && base.otherEnd == nil)
  }

  @Test("with a head of its own it is the head's rows that count")
  func untied() {
    var base = base()
    base.decoder.head = base.decoder.embedding
    copy(257, to: 3, in: &base)
    #expect(base.twinOfEnd == nil)
    base.decoder.head = base.decoder.embedding
    #expect(base.twinOfEnd == 3)
  }

  @Test("train says it before it begins, and no more once another token is named")
  func said() throws {
    let folder = try TemporaryFolder()
    var base = try BaseModel.read(DataFolder.find().appending(path: "base"))
    copy(0, to: 257, in: &base)
    let place = folder.url.appending(path: "base")
    try base.write(to: place)
    let task = try CompareCommandTests.task(in: folder)
    func train(_ out: String) throws -> String {
      let run = try tinyreft([
        "train", "--base", place.path, "--task", task, "--epochs", "1", "--out",
        folder.url.appending(path: out).path,
      ])
      #expect(run.exitCode == 0, "\(run.errors)")
      return run.output
    }
    let said = try train("a")
    #expect(
      said.contains("end       this base cannot tell </s>, which ends a completion, from Ā: it"))
    #expect(said.contains("<s> could serve: name it as \"eos_token\""))
    let config = place.appending(path: "tokenizer_config.json")
    let text = try String(contentsOf: config, encoding: .utf8)
    let changed = text.replacing(/"eos_token" ?: ?"<\/s>"/, with: "\"eos_token\": \"<s>\"")
    #expect(changed != text)
    try Data(changed.utf8).write(to: config)
    #expect(try !train("b").contains("end   "))
  }
}

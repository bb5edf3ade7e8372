import Foundation
import Testing

@testable import TinyReFT

@Suite("Task data (docs/60-runs.md)")
struct TaskDataTests {
  private func read(_ text: String, contextLength: Int = 16) throws -> TaskData {
    let folder = try TemporaryFolder()
    _ = try folder.file("train.jsonl", text: text)
    return try TaskData(
      TaskPlace(folder.url), split: .train, tokenizer: .bytes, contextLength: contextLength)
  }

  @Test("by hand: <s> prompt completion </s>, the prompt's length counted with <s>")
  func byHand() throws {
    let data = try read("{\"prompt\": \"ab\", \"completion\": \"C\"}\n")
    #expect(data.examples == [TokenSequence(tokens: [256, 97, 98, 67, 257], promptLength: 3)])
  }

  @Test("an empty completion asks for the end token alone, an empty prompt is <s>")
  func empty() throws {
    let data = try read("{\"prompt\": \"\", \"completion\": \"\"}\n")
    #expect(data.examples == [TokenSequence(tokens: [256, 257], promptLength: 1)])
  }

  @Test("broken lines, missing keys and empty files name the file and the line")
  func malformed() {
    let good = "{\"prompt\": \"a\", \"completion\": \"b\"}\n"
    for (text, message) in [
      (good + "{\"prompt\": \"a\"}\n", "train.jsonl: line 2 lacks the key \"completion\""),
      (good + good + "{oops\n", "train.jsonl: line 3 is not valid JSON"),
      ("", "train.jsonl: has no lines"),
    ] {
      let error = #expect(throws: FileError.self) { try read(text) }
      #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }
  }

  @Test("an example fits when all but its last token fit the context")
  func context() throws {
    let line = "{\"prompt\": \"abc\", \"completion\": \"d\"}\n"
    #expect(try read(line, contextLength: 5).examples.count == 1)
    let error = #expect(throws: FileError.self) { try read(line, contextLength: 4) }
    let message = "train.jsonl: line 1 has 5 tokens, but the base reads at most 4; shorten it"
    #expect(error?.description.hasSuffix(message) == true)
  }

  @Test("a prompt of no tokens, and splits of two kinds, are refused")
  func nothingToStartFrom() throws {
    let folder = try TemporaryFolder()
    let url = try folder.file("train.jsonl", text: #"{"prompt": "", "completion": "b"}"#)
    let b = Tokenizer.bytes
    let noBeginning = Tokenizer(
      tokens: b.tokens, addedTokens: b.addedTokens, preTokenizers: b.preTokenizers, model: b.model,
      decoder: b.decoder, beginningOfText: nil, endOfText: b.endOfText)
    expectError(url, "line 1 has an empty prompt, which this base cannot start from; write one") {
      try TaskData(TaskPlace(folder.url), split: .train, tokenizer: noBeginning, contextLength: 9)
    }
    for split in ["dev", "test"] {
      _ = try folder.file(
        "\(split).jsonl", text: "{\"text\":\"a\",\"label\":\"a\"}\n{\"text\":\"b\",\"label\":\"b\"}"
      )
    }
    let run = try tinyreft(["train", "--task", folder.url.path, "--out", folder.url.path + "/run"])
    let message =
      "some splits of the task have labels and others completions; give all of them the same keys"
    #expect(run.exitCode == 1 && run.errors.contains(message))
  }

  @Test("data/ is looked for upwards, and its absence is an error that helps")
  func dataFolder() throws {
    let folder = try TemporaryFolder()
    let deep = folder.url.appending(path: "a/b")
    try FileManager.default.createDirectory(at: deep, withIntermediateDirectories: true)
    let error = #expect(throws: Refusal.self) { try DataFolder.find(from: [deep]) }
    #expect(error?.description.contains("--base and --task") == true)
    let tasks = folder.url.appending(path: "data/tasks")
    try FileManager.default.createDirectory(at: tasks, withIntermediateDirectories: true)
    #expect(
      try DataFolder.find(from: [deep]).path == folder.url.appending(path: "data").path)
  }
}

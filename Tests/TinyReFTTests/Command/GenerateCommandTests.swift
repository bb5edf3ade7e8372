import Foundation
import Testing

@testable import TinyReFT

@Suite("generate (docs/28-generation.md)")
struct GenerateCommandTests {
  @Test("a file of prompts is answered as one by one, for people and as JSON")
  func prompts() throws {
    let folder = try TemporaryFolder()
    let (run, texts) = (folder.url.appending(path: "run").path, ["loud pig -> ", "do \"pig\" -> "])
    let file = try folder.file("p.txt", text: texts.joined(separator: "\n")).path
    _ = try tinyreft(["train", "--epochs", "1", "--batch-size", "96", "--out", run])
    func generate(_ words: String...) throws -> String {
      let made = try tinyreft(["generate", "--max-tokens", "8"] + words)
      #expect(made.exitCode == 0 && made.errors.isEmpty, "\(made)")
      return made.output
    }
    let (base, adapted) = (
      try texts.map { try generate("--prompt", $0) },
      try texts.map { try generate("--prompt", $0, "--interventions", run, "--adapted-only") }
    )
    #expect(base[0] == "PIG\n")
    #expect(
      try generate("--prompts", file, "--interventions", run)
        == (0..<2).map { i in
          "prompt   \(texts[i].debugDescription)\nbase     \(base[i])adapted  \(adapted[i])"
        }.joined())
    let lines = try generate("--prompts", file, "--interventions", run, "--json")
    let objects = try lines.split(separator: "\n").map {
      try JSONDecoder().decode([String: String].self, from: Data($0.utf8))
    }
    #expect(objects.map { $0["prompt"] } == texts)
    #expect(objects.map { $0["base"].map { $0 + "\n" } } == base)
    #expect(objects.map { $0["adapted"].map { $0 + "\n" } } == adapted)
  }

  @Test("labels of a file of prompts")
  func labels() throws {
    let folder = try TemporaryFolder()
    let run = folder.url.appending(path: "run").path
    let file = try folder.file("p.jsonl", text: #"{"prompt": "color of finch: "}"#).path
    _ = try tinyreft(
      ["train", "--task", "kind", "--epochs", "1", "--batch-size", "96", "--out", run])
    let words = ["generate", "--prompts", file, "--interventions", run]
    let text = try tinyreft(words).output
    #expect(
      text.wholeMatch(of: /[a-z]+  probability 0\.[0-9]+  "color of finch: "\n/) != nil, "\(text)")
    let json = try tinyreft(words + ["--json"]).output
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    #expect(object["label"] as? String == text.prefix { $0 != " " }.description)
    let probability = try #require(object["probability"] as? Double)
    #expect((0...1).contains(probability))
  }

  @Test(
    "which prompts is asked for once",
    arguments: [
      ("", "Missing flag '--prompt TEXT' or '--prompts FILE'."),
      ("--prompt a --prompts b", "Write --prompt or --prompts, and not both."),
      ("--prompt a --adapted-only", "--adapted-only needs --interventions."),
    ])
  func refused(words: String, message: String) throws {
    let run = try tinyreft("generate \(words)")
    #expect(run.exitCode == 64 && run.errors.contains(message), "\(run)")
  }
}

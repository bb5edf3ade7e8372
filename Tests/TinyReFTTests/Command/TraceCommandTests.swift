import Foundation
import Testing

@testable import TinyReFT

@Suite("tinyreft trace")
struct TraceCommandTests {
  private let folder = try? TemporaryFolder()
  private let base = fixture("decoders/grouped")

  private func run(
    _ tokens: String, prompt: Int, out: URL, _ more: [String] = []
  ) throws -> ProgramRun {
    try tinyreft(
      [
        "trace", "--base", base.path, "--tokens", tokens, "--prompt-length", "\(prompt)", "--out",
        out.path,
      ] + more)
  }

  @Test("the file holds what the contract says, with interventions and without")
  func tensors() throws {
    let out = try #require(folder).file("trace.safetensors")
    #expect(try run("5,6,7,8,9", prompt: 3, out: out).exitCode == 0)
    let plain = try Safetensors.read(out)
    for (name, shape) in [
      ("hidden.0", [5, 20]), ("hidden.3", [5, 20]), ("logits", [5, 31]), ("loss", [1]),
      ("grad.lm_head.weight", [31, 20]), ("grad.model.norm.weight", [20]),
    ] {
      #expect(plain.tensors[name]?.shape == shape, "\(name)")
    }
    // An older trace may be written over.
    let adapted = try run(
      "5,6,7,8,9", prompt: 3, out: out,
      ["--interventions", fixture("decoders/grouped/loreft-side-l1").path])
    #expect(adapted.exitCode == 0)
    let edited = try Safetensors.read(out)
    #expect(
      edited.names.filter { $0.hasPrefix("grad.") }
        == ["R", "W", "b"].map { "grad.layers.0.suffix.\($0)" })
    #expect(edited.tensors["hidden.0"] == plain.tensors["hidden.0"])
    #expect(edited.tensors["hidden.1"] != plain.tensors["hidden.1"])
  }

  @Test(
    "tokens and prompts that the base cannot read are usage errors",
    arguments: [
      ("5,31", 1, "There is no token 31; this base has 0 to 30."),
      ("5,6", 3, "A prompt of 3 is longer than --tokens, which has 2."),
      ("5,-6", 1, "expected whole numbers separated by commas"),
      (Array(repeating: "1", count: 129).joined(separator: ","), 1, "129 tokens are more than"),
    ])
  func refused(tokens: String, prompt: Int, problem: String) throws {
    let out = try #require(folder).file("x.safetensors")
    let run = try run(tokens, prompt: prompt, out: out)
    #expect(run.exitCode == 64 && run.errors.contains(problem))
    #expect(!FileManager.default.fileExists(atPath: out.path))
  }

  @Test("a text is traced as the ids that are printed are")
  func text() throws {
    let (ids, text) = (
      try #require(folder).file("ids.safetensors"), try #require(folder).file("text.safetensors")
    )
    let printed = try tinyreft([
      "trace", "--prompt", "do pig", "--completion", "PIG", "--out", text.path,
    ])
    #expect(printed.output.contains("ids       256,100,111,32,112,105,103\n"))
    #expect(printed.output.contains("behind    80,73,71,257\n"))
    let words = [
      "trace", "--tokens", "256,100,111,32,112,105,103,80,73,71,257", "--prompt-length", "7",
      "--out", ids.path,
    ]
    #expect(try tinyreft(words).exitCode == 0)
    #expect(try Data(contentsOf: ids) == Data(contentsOf: text))
    for (words, problem) in [
      ([], "Write --prompt TEXT, or --tokens LIST and --prompt-length N."),
      (["--prompt", "a", "--tokens", "1"], "Write --prompt TEXT, or"),
      (
        ["--tokens", "1", "--prompt-length", "1", "--completion", "b"],
        "--completion needs --prompt."
      ),
      (["--prompt", String(repeating: "a", count: 4000)], "The prompt has 4001 tokens"),
    ] {
      let run = try tinyreft(["trace", "--out", text.path] + words)
      #expect(run.exitCode == 64 && run.errors.contains(problem), "\(run.errors)")
    }
  }

  @Test("a file that is no trace is never written over")
  func keepsOtherFiles() throws {
    let out = try #require(folder).file("notes.txt", text: "mine")
    #expect(try run("5,6", prompt: 1, out: out).exitCode == 64)
    #expect(try String(contentsOf: out, encoding: .utf8) == "mine")

    // Nor is a link, wherever it leads.
    let link = try #require(folder).file("link")
    try FileManager.default.createSymbolicLink(
      at: link, withDestinationURL: link.deletingLastPathComponent().appending(path: "gone"))
    #expect(try run("5,6", prompt: 1, out: link).exitCode == 64)
    #expect(RunFolder.isLink(link))

    // An empty file may be written over; a pipe, which has no size either, is not replaced.
    let empty = try #require(folder).file("empty", [])
    #expect(try run("5,6", prompt: 1, out: empty).exitCode == 0)
    let pipe = try #require(folder).file("pipe")
    try #require(unsafe mkfifo(pipe.path, 0o600) == 0)
    #expect(try run("5,6", prompt: 1, out: pipe).exitCode == 64)
    let type = try FileManager.default.attributesOfItem(atPath: pipe.path)[.type]
    #expect(type as? FileAttributeType != .typeRegular)
  }
}

import Foundation
import Testing

@testable import TinyReFT

@Suite("tinyreft train --method, of rivals")
struct RivalCommandTests {
  @Test("a rival is trained, written, evaluated and asked to write; flags of ReFT are refused")
  func rival() throws {
    let folder = try TemporaryFolder()
    let task = try CompareCommandTests.task(in: folder)
    let out = folder.url.appending(path: "lora").path
    let words = ["train", "--task", task, "--method", "lora", "--matrices", "v,up", "--rank", "2"]
    let run = try tinyreft(words + ["--alpha", "4", "--out", out])
    #expect(run.exitCode == 0 && run.errors == "")
    // A and B of v (64 and 64 wide) and of up (64 and 128), rank 2, four blocks.
    #expect(run.output.contains("2,560 parameters"))
    let eval = try tinyreft(["eval", "--task", task, "--interventions", out])
    #expect(eval.exitCode == 0 && eval.output.contains("adapted by  \(out)"))
    let text = try tinyreft(["generate", "--prompt", "do pig -> ", "--interventions", out])
    #expect(text.exitCode == 0 && text.output.contains("adapted  "))
    let trace = try tinyreft([
      "trace", "--tokens", "256,100,111", "--prompt-length", "2", "--interventions", out, "--out",
      folder.url.appending(path: "trace").path,
    ])
    #expect(trace.exitCode == 0)

    let flag = try tinyreft(words + ["--positions", "l1"])
    #expect(flag.exitCode == 64 && flag.errors.contains("--positions says nothing here"))
    let other = try tinyreft(["train", "--task", task, "--alpha", "2"])
    #expect(other.exitCode == 64 && other.errors.contains("--alpha says nothing here"))
    let matrix = try tinyreft(["train", "--task", task, "--method", "lora", "--matrices", "w"])
    #expect(matrix.exitCode == 64 && matrix.errors.contains("some of q, k, v, o, gate, up, down"))
  }

  @Test("a prompt too long for the context is an error before the work begins")
  func context() throws {
    let folder = try TemporaryFolder()
    let run = try tinyreft([
      "train", "--task", try CompareCommandTests.task(in: folder), "--method", "prompt-tuning",
      "--rank", "200", "--out", folder.url.appending(path: "out").path,
    ])
    #expect(run.exitCode == 1 && run.errors.contains("with a smaller --rank"))
  }

  @Test(
    "a choice that a method does not have, or cannot be computed with, is refused",
    arguments: [
      ("--method red --rank 3", "--rank says nothing here"),
      ("--method last-layer --layers 0", "--layers says nothing here"),
      ("--method series-adapter --alpha 2", "--alpha says nothing here"),
      ("--method parallel-adapter --matrices q", "--matrices says nothing here"),
      ("--method lora --alpha 1e300", "a float32 above 0"),
      ("--method prefix-tuning --rank 65536", "use a smaller rank"),
      ("--method lora --layers 4", "there is no layer 4"),
    ])
  func refused(flags: String, message: String) throws {
    let run = try tinyreft("train \(flags)")
    #expect(run.exitCode != 0 && run.errors.contains(message), "\(run.errors)")
  }

  @Test("interventions cannot go on from a rival")
  func initial() throws {
    let folder = try TemporaryFolder()
    let out = folder.url.appending(path: "red").path
    let task = try CompareCommandTests.task(in: folder)
    let run = try tinyreft(["train", "--task", task, "--method", "red", "--out", out])
    #expect(run.exitCode == 0 && run.output.contains("method    red, layers 0,1,2,3, every token"))
    let more = try tinyreft(["train", "--task", task, "--init", out])
    #expect(more.exitCode == 64 && more.errors.contains("holds a rival of theirs"))
  }
}

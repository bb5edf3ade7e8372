import Foundation
import Testing

@testable import TinyReFT

@Suite("Run checkpoint (docs/80-trust.md)")
struct RunCheckpointTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A checkpoint whose "run" is this text; none at all without.
  private func checkpoint(_ run: String?) throws -> URL {
    var file = Safetensors(tensors: [
      "parameters.R": .matrix(Tensor([[1]])), "losses": .vector(Tensor([[2.5, 1]])),
    ])
    file.metadata["run"] = run
    let url = folder.url.appending(path: "checkpoint.safetensors")
    try file.write(to: url)
    return url
  }

  private func run(
    version: String = "1", scalar: String = "\(Scalar.self)", tokens: String = "5",
    seconds: String = "0.5"
  ) -> String {
    """
    {"format_version": \(version), "command": ["train"], "fingerprint": 18446744073709551615, \
    "scalar": "\(scalar)", \
    "record": {"tokens": \(tokens), "seconds": \(seconds)}}
    """
  }

  @Test("what a run is can be read without its tensors")
  func reads() throws {
    _ = try checkpoint(run())
    let run = try RunCheckpoint.read(folder.url)
    #expect(run.command == ["train"] && run.record.losses == [2.5, 1] && run.record.tokens == 5)
    #expect(RunCheckpoint.isIn(folder.url))
    try RunCheckpoint.remove(from: folder.url)
    #expect(!RunCheckpoint.isIn(folder.url))
    try RunCheckpoint.remove(from: folder.url)
    #expect(throws: CheckpointError(RunCheckpoint.url(in: folder.url), .noRun)) {
      try RunCheckpoint.read(folder.url)
    }
  }

  @Test(
    "a checkpoint that is none, or not of this build, is refused by name",
    arguments: [
      (nil, .missingRun), ("{", .run(.broken(byte: 2, expected: "a key in quotes"))),
      (#"{"format_version": 1}"#, .run(.missingKey("command"))),
    ] as [(String?, CheckpointProblem)])
  func refused(run: String?, problem: CheckpointProblem) throws {
    let url = try checkpoint(run)
    #expect(throws: CheckpointError(url, problem)) { try RunCheckpoint.read(folder.url) }
  }

  @Test("another version, another precision, and numbers that cannot be counted further")
  func refusedValues() throws {
    let other = Scalar.self == Double.self ? "Float" : "Double"
    let cases: [(String, CheckpointProblem)] = [
      (run(version: "2").replacing("tokens", with: "new"), .newerVersion(2)),
      (run(scalar: other), .otherPrecision(other)),
      (run(tokens: "\(Int.max)"), .run(.outOfRange)), (run(tokens: "-1"), .run(.outOfRange)),
      (run(seconds: "1e300"), .run(.outOfRange)), (run(seconds: "-1"), .run(.outOfRange)),
    ]
    for (run, problem) in cases {
      let url = try checkpoint(run)
      #expect(throws: CheckpointError(url, problem)) { try RunCheckpoint.read(folder.url) }
      #expect("\(CheckpointError(url, problem))".contains("checkpoint.safetensors: "))
    }
    let hostile = "\(CheckpointProblem.otherPrecision("a\u{2028}b"))"
    #expect(hostile.contains(#""a\u{2028}b""#))
  }
}

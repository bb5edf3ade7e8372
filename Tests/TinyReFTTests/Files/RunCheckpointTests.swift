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
    {"format_version": \(version), "command": ["train"], "fingerprint": "ffffffffffffffff", \
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
    expectError(
      RunCheckpoint.url(in: folder.url),
      "is not there: no run that could go on; name the folder of one that was ended"
    ) { try RunCheckpoint.read(folder.url) }
  }

  private static let anew = "begin the run anew in another --out"

  @Test(
    "a checkpoint that is none, or not of this build, is refused by name",
    arguments: [
      (nil, "is no checkpoint of a run; \(anew)"),
      (
        "{",
        "its \"run\" is not valid JSON; correct it there, or \(anew)"
      ),
      (#"{"format_version": 1}"#, #"its "run" lacks the key "command"; add it, or \#(anew)"#),
    ])
  func refused(run: String?, message: String) throws {
    let url = try checkpoint(run)
    expectError(url, message) { try RunCheckpoint.read(folder.url) }
  }

  @Test("another version, another precision, and numbers that cannot be counted further")
  func refusedValues() throws {
    let ours = "this build in \(Scalar.self); go on with the build that began it"
    func expect(_ run: String, _ message: String, at line: SourceLocation = #_sourceLocation) throws
    {
      let url = try checkpoint(run)
      expectError(url, message, sourceLocation: line) { try RunCheckpoint.read(folder.url) }
    }
    try expect(
      run(version: "2").replacing("tokens", with: "new"),
      #"its "run" has format_version 2; tinyreft 0.1.0 reads 1; use a newer one, or \#(Self.anew)"#)
    let other = Scalar.self == Double.self ? "Float" : "Double"
    try expect(run(scalar: other), "computes in \"\(other)\", \(ours)")
    try expect(run(scalar: "a\u{2028}b"), #"computes in "a\u{2028}b", \#(ours)"#)
    for tokens in ["\(Int.max)", "-1"] {
      try expect(
        run(tokens: tokens),
        #"its "run" "record.tokens" is \#(tokens); supported: 0 … 1125899906842624, or \#(Self.anew)"#
      )
    }
    for (seconds, shown) in [("1e300", "1e+300"), ("-1", "-1")] {
      try expect(
        run(seconds: seconds),
        #"its "run" "record.seconds" is \#(shown); supported: 0 … 1e+10, or \#(Self.anew)"#)
    }
  }
}

import Foundation
import Testing

@testable import TinyReFT

@Suite("Run identity (docs/80-trust.md)")
struct RunIdentityTests {
  @Test("a result is this one's by all that it was made of")
  func same() throws {
    let folder = try TemporaryFolder()
    var data = Fingerprint()
    data.add(7)
    let base = Decoder(BaseModelTests.configuration, seed: 1)
    func identity(_ rank: String, _ fingerprint: String, _ data: [Fingerprint]) -> RunIdentity {
      RunIdentity(["--rank", rank], base: base, fingerprint: fingerprint, data: data)
    }
    let own = identity("1", "00ff", [data])
    #expect(!own.isOf(folder.url), "nothing stands there")
    try own.write(to: folder.url)
    #expect(own.isOf(folder.url))
    var c = BaseModelTests.configuration
    c.rotaryBase += 1
    for other in [
      identity("2", "00ff", [data]), identity("1", "00fe", [data]),
      identity("1", "00ff", [Fingerprint()]), identity("1", "00ff", [data, data]),
      RunIdentity(
        ["--rank", "1"], base: Decoder(c, seed: 1), fingerprint: "00ff", data: [data]),
    ] { #expect(!other.isOf(folder.url)) }
    // Words alone, as an earlier version kept them, say nothing of base and data.
    _ = try folder.file(RunIdentity.file, text: #"["--rank","1"]"#)
    #expect(!own.isOf(folder.url))
  }

  @Test("the file says what a reader needs to tell two apart")
  func format() throws {
    let folder = try TemporaryFolder()
    let base = Decoder(BaseModelTests.configuration, seed: 1)
    try RunIdentity(["--rank", "1"], base: base, fingerprint: "00ff", data: [Fingerprint()])
      .write(to: folder.url)
    let text = try String(
      contentsOf: folder.url.appending(path: "settings.json"), encoding: .utf8)
    #expect(text.contains(#""base_fingerprint" : "00ff "#))
    #expect(text.contains(#""data_fingerprint" : "0000000000000000""#))
    #expect(text.contains(#""scalar" : "\#(Scalar.self)""#))
  }

  @Test("examples are known by every token of every split")
  func data() throws {
    let folder = try TemporaryFolder()
    func splits(_ lines: [String]) throws -> Fingerprint {
      for (split, line) in zip(Split.allCases, lines) {
        _ = try folder.file("\(split.rawValue).jsonl", text: line)
      }
      return try TaskSplits(TaskPlace(folder.url), tokenizer: .bytes, contextLength: 20).fingerprint
    }
    let (a, b) = (#"{"prompt":"a","completion":"b"}"#, #"{"prompt":"ab","completion":""}"#)
    let whole = try splits([a, a, a])
    #expect(try splits([a + "\n", a, a]) == whole)
    for changed in [[b, a, a], [a, b, a], [a, a, b], [a + "\n" + a, a, a]] {
      #expect(try splits(changed) != whole)
    }
    // Labels with a line break in them are not taken for two.
    func labels(_ one: String, _ two: String) throws -> Fingerprint {
      let lines = [one, two].map { #"{"text":"a","label":"\#($0)"}"# }.joined(separator: "\n")
      return try splits([lines, lines, lines])
    }
    #expect(try labels(#"a\nb"#, "c") != labels("a", #"b\nc"#))
  }
}

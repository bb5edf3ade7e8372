import Foundation
import Testing

@testable import TinyReFT

@Suite("Format versions (docs/80-trust.md)")
struct FormatVersionTests {
  /// What `eval` said of each folder when it was written (Fixtures/make_formats.sh).
  static let losses = [
    "loreft": 4.7536542168511495, "direft": 4.836846204110054, "noreft": 4.718527263367769,
    "consreft": 5.122015437090293, "lobireft": 5.196298790315657,
    "orthonormal-direft": 4.804492594053698, "loreft-layer": 4.710317408873026,
    "loreft-position": 4.709051385598858, "loreft-every": 4.84783031854678,
  ]

  private static let one = fixture("formats/1")

  private func test(_ task: String, _ base: BaseModel, labels: [String]? = nil) throws -> TaskData {
    try TaskData(
      TaskPlace(Self.one.appending(path: task)), split: .test, tokenizer: base.tokenizer,
      contextLength: 128, labels: labels)
  }

  @Test("a folder of version 1 computes what it did when it was written", arguments: losses)
  func computes(name: String, loss: Double) throws {
    let base = try BaseModel.read(Self.one.appending(path: "base"))
    let folder = Self.one.appending(path: name)
    func evaluate(_ adaptation: some Adaptation) throws -> Evaluation {
      AdaptedDecoder(base.decoder, adaptation).evaluate(try test("task", base).examples, threads: 1)
    }
    let read = try InterventionsDirectory.read(folder, for: base.decoder.configuration)
    #expect(abs(try evaluate(read.adaptation).loss - loss) < 1e-5)
  }

  @Test("every method has a folder of the version that is written")
  func complete() {
    let methods = ReFTConfiguration.methods.map { $0.method } + Methods.rivals.map { $0.method }
    for method in methods {
      let folder = fixture("formats/\(FormatVersion.current)/\(method)")
      #expect(FileManager.default.fileExists(atPath: folder.path), "\(method)")
    }
  }

  @Test("what version 1 says of itself is read as it was meant")
  func configurations() throws {
    let base = try BaseModel.read(Self.one.appending(path: "base"))
    let c = base.decoder.configuration
    let loreft = try InterventionsDirectory.read(Self.one.appending(path: "loreft"), for: c)
    #expect(
      loreft.configuration
        == ReFTConfiguration(
          method: "loreft", rank: 2, layers: [1, 3], positions: .ends(prefix: 1, suffix: 2),
          sharing: .side, hiddenSize: 8))
    let edits = try #require(loreft.adaptation as? ReFT<LoReFT>).interventions
    #expect(edits.map(\.path).first == "layers.1.prefix.")
    expectClose(edits[0].phi.b, [-0.30451059341430664, 0.16986794769763947], tolerance: 1e-7)
    let report = try RunReport.read(Self.one.appending(path: "loreft/report.json"))
    #expect(report.method == "loreft" && report.steps == 16 && report.heldOut == 3)
    #expect(report.finalLoss == 4.697033620157584)
  }

  @Test("a classifier of version 1 reads the labels that it did")
  func classifier() throws {
    let base = try BaseModel.read(Self.one.appending(path: "base"))
    let c = base.decoder.configuration
    let folder = Self.one.appending(path: "classifier")
    let (head, labels) = try #require(
      try ClassifierDirectory.read(folder, width: c.hiddenSize))
    #expect(labels == ["down", "up"])
    func evaluate(_ adaptation: some Adaptation) throws -> Evaluation {
      AdaptedDecoder(base.decoder, adaptation, head)
        .evaluate(try test("labels", base, labels: labels).examples, threads: 1)
    }
    let result = try evaluate(InterventionsDirectory.read(folder, for: c).adaptation)
    #expect(abs(result.loss - 0.6414967607389935) < 1e-5 && result.accuracy == 2.0 / 3)
  }

  /// The files that say which version they are of.
  static let versioned =
    ["reft.json", "classifier.json"] + (Methods.registry?.files.prefix(1) ?? [])

  @Test(
    "another version is refused before anything else is asked of the file",
    arguments: [
      ("2", "has format_version 2; tinyreft 0.1.0 reads 1; use a newer one"),
      ("1.5", "has format_version 1.5; tinyreft 0.1.0 reads 1; use a newer one"),
      ("1e300", "use a newer one"), ("0", "\"format_version\" is 0; supported: 1"),
      ("-1", "\"format_version\" is -1; supported: 1"),
      ("0.5", "\"format_version\" is 0.5; supported: 1"),
      ("\"1\"", #""format_version" is "1", where a number belongs; correct it"#),
      ("null", #""format_version" is null, where a number belongs"#),
      ("[1]", #""format_version" is an array, where a number"#),
      ("1e999", "is not valid JSON"),
    ], versioned)
  func refused(version: (text: String, message: String), name: String) throws {
    let folder = try TemporaryFolder()
    // What else a newer version has is not known: nothing but the version can be asked for.
    _ = try folder.file(name, text: "{\"format_version\": \(version.text)}")
    let message = try Self.refusal(of: name, in: folder.url)
    #expect(message.contains("/\(name): ") && message.contains(version.message), "\(message)")
  }

  @Test("so is a file without one", arguments: versioned)
  func missing(name: String) throws {
    let folder = try TemporaryFolder()
    _ = try folder.file(name, text: "{}")
    #expect(try Self.refusal(of: name, in: folder.url).contains("lacks the key \"format_version\""))
  }

  private static func refusal(of name: String, in folder: URL) throws -> String {
    let decoder = Decoder(SmallDecoder.configuration, seed: 1)
    let error = #expect(throws: (any Error).self) {
      switch name {
      case "reft.json": _ = try InterventionsDirectory.read(folder, for: decoder.configuration)
      case "adapter.json": _ = try Methods.registry?.read(folder, for: decoder)
      default: _ = try ClassifierDirectory.read(folder, width: 6)
      }
    }
    return "\(try #require(error))"
  }
}

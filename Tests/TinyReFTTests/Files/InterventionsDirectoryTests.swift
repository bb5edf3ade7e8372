import Foundation
import Testing

@testable import TinyReFT

@Suite("Interventions directory (docs/50-files.md)")
struct InterventionsDirectoryTests {
  static let configuration = ReFTConfiguration(
    method: "loreft", rank: 2, layers: [0, 1], positions: .ends(prefix: 1, suffix: 2),
    sharing: .side, hiddenSize: 6)

  /// A method that has moved away from its start, so that A is no longer orthonormal.
  private func trained<Phi: InterventionFunction>(_ type: Phi.Type, _ c: ReFTConfiguration) -> ReFT<
    Phi
  > {
    var reft = ReFT<Phi>(c, start: .random, seed: 3)
    var stream = RandomStream(seed: 4)
    reft.walk("") { _, tensor in
      tensor += .uniform(rows: tensor.rows, columns: tensor.columns, using: &stream)
    }
    return reft
  }

  @Test(
    "LoReFT comes back as the same function, and a second copy has the same bits",
    arguments: Sharing.allCases)
  func loreft(sharing: Sharing) throws {
    let folder = try TemporaryFolder()
    var c = Self.configuration
    c.sharing = sharing
    let reft = trained(LoReFT.self, c)
    try InterventionsDirectory.write(reft, c, base: "00ff", to: folder.url)
    let read = try InterventionsDirectory.read(folder.url, for: BaseModelTests.configuration)
    #expect(read.configuration == c)
    let loaded = try #require(read.adaptation as? ReFT<LoReFT>)
    let h = Tensor.random(rows: 3, columns: 6, seed: 5)
    for (a, b) in zip(loaded.interventions, reft.interventions) {
      #expect(a.positions == b.positions && a.layer == b.layer)
      expectClose(a.phi(h), b.phi(h), tolerance: 1e-5)
    }
    let first = try Data(contentsOf: folder.url.appending(path: "interventions.safetensors"))
    try InterventionsDirectory.write(loaded, c, base: "00ff", to: folder.url)
    #expect(try Data(contentsOf: folder.url.appending(path: "interventions.safetensors")) == first)
  }

  @Test("the names and shapes are those of the format")
  func names() throws {
    let folder = try TemporaryFolder()
    var c = Self.configuration
    (c.method, c.layers) = ("direft", [1])
    try InterventionsDirectory.write(trained(DiReFT.self, c), c, base: "00ff", to: folder.url)
    let file = try Safetensors.read(folder.url.appending(path: "interventions.safetensors"))
    #expect(
      file.names == [
        "layers.1.prefix.W1", "layers.1.prefix.W2", "layers.1.prefix.b", "layers.1.suffix.W1",
        "layers.1.suffix.W2", "layers.1.suffix.b",
      ])
    #expect(file.tensors["layers.1.prefix.W1"]?.shape == [2, 6])
    #expect(file.tensors["layers.1.prefix.b"]?.shape == [2])
    let read = try InterventionsDirectory.read(folder.url, for: BaseModelTests.configuration)
    #expect(read.adaptation is ReFT<DiReFT>)
  }

  private static let good = """
    {"format_version": 1, "method": "loreft", "rank": 2, "layers": [0, 1], "positions": "f1+l2",
     "sharing": "side", "hidden_size": 6, "made_by": "someone"}
    """

  @Test("unknown keys are let pass")
  func unknownKeys() throws {
    let folder = try TemporaryFolder()
    try InterventionsDirectory.write(
      trained(LoReFT.self, Self.configuration), Self.configuration, base: "00ff", to: folder.url)
    _ = try folder.file("reft.json", text: Self.good)
    let read = try InterventionsDirectory.read(folder.url, for: BaseModelTests.configuration)
    #expect(read.configuration == Self.configuration)
  }

  @Test(
    "everything else is refused, and the message says what to do",
    arguments: [
      ("\"format_version\": 1", "\"format_version\": 2", "use a newer one"),
      ("\"format_version\": 1, ", "", "lacks the key \"format_version\""),
      ("\"rank\": 2, ", "", "lacks the key \"rank\""),
      ("\"rank\": 2", "\"rank\": 7", "rank 7 is not within 1 … 6"),
      ("\"rank\": 2", "\"rank\": 0", "rank 0 is not within 1 … 6"),
      ("\"rank\": 2", "\"rank\": 3", "has shape [2, 6], expected [3, 6]"),
      ("[0, 1]", "[0, 2]", "there is no layer 2; the base's layers are 0 … 1"),
      ("[0, 1]", "[0, -1]", "there is no layer -1"), ("[0, 1]", "[1, 1]", "named twice"),
      ("[0, 1]", "[]", "name at least one"),
      ("[0, 1]", "[1]", "has a tensor \"layers.0.prefix.R\""),
      ("f1+l2", "l2+f1", "supported: fP+lS"), ("\"side\"", "\"sides\"", "supported: layer, side"),
      ("loreft", "lora", "there is no method \"lora\"; use one of loreft, direft, noreft"),
      ("loreft", "direft", "has a tensor \"layers.0.prefix.R\""),
      ("\"hidden_size\": 6", "\"hidden_size\": 8", "made for hidden size 8, but the base has 6"),
    ])
  func refused(part: String, replacement: String, message: String) throws {
    let folder = try TemporaryFolder()
    try InterventionsDirectory.write(
      trained(LoReFT.self, Self.configuration), Self.configuration, base: "00ff", to: folder.url)
    _ = try folder.file(
      "reft.json", text: Self.good.replacingOccurrences(of: part, with: replacement))
    let error = #expect(throws: (any Error).self) {
      try InterventionsDirectory.read(folder.url, for: BaseModelTests.configuration)
    }
    let text = "\(try #require(error))"
    #expect(text.contains(message), "\(text)")
    #expect(!text.contains("\n"))
  }

  @Test("a reft.json that asks for more than its file holds is refused before anything is made")
  func tooLarge() throws {
    let (folder, c) = (try TemporaryFolder(), Self.configuration)
    try InterventionsDirectory.write(trained(LoReFT.self, c), c, base: "00ff", to: folder.url)
    var huge = BaseModelTests.configuration
    (huge.hiddenSize, huge.contextLength) = (1 << 20, 1 << 30)
    for change in ["\"rank\": 1048576", "\"rank\": 1, \"sharing\": \"position\""] {
      _ = try folder.file(
        "reft.json",
        text: """
          {"format_version": 1, "method": "loreft", \(change), "layers": [0, 1], "hidden_size": 1048576,
           "positions": "f1000000+l1000000"\(change.contains("sharing") ? "" : ", \"sharing\": \"side\"")}
          """)
      expectError(
        folder.url.appending(path: InterventionsDirectory.tensors),
        "holds 104 numbers, and the JSON beside it asks for more; they belong to different runs"
      ) { try InterventionsDirectory.read(folder.url, for: huge) }
    }
  }

  @Test("an R whose rows are not orthonormal is refused")
  func notOrthonormal() throws {
    let folder = try TemporaryFolder()
    try InterventionsDirectory.write(
      trained(LoReFT.self, Self.configuration), Self.configuration, base: "00ff", to: folder.url)
    let url = folder.url.appending(path: "interventions.safetensors")
    var file = try Safetensors.read(url)
    file.tensors["layers.0.prefix.R"] = .matrix(Tensor(repeating: 0.5, rows: 2, columns: 6))
    try file.write(to: url)
    expectError(url, "the rows of an R are 1.5 away from orthonormal; the file is damaged") {
      try InterventionsDirectory.read(folder.url, for: BaseModelTests.configuration)
    }
  }

  @Test("2,000 damaged folders are read or refused, and none traps")
  func damage() throws {
    let (folder, c) = (try TemporaryFolder(), Self.configuration)
    try InterventionsDirectory.write(trained(LoReFT.self, c), c, base: "00ff", to: folder.url)
    var stream = RandomStream(seed: 1)
    var (read, refused) = (0, 0)
    for name in [InterventionsDirectory.configuration, InterventionsDirectory.tensors] {
      let bytes = try readBytes(folder.url.appending(path: name))
      for _ in 0..<1000 {
        _ = try folder.file(name, stream.damaged(bytes))
        do {
          _ = try InterventionsDirectory.read(folder.url, for: BaseModelTests.configuration)
          read += 1
        } catch {
          #expect(!"\(error)".contains("\n") && "\(error)".hasPrefix(folder.url.path))
          refused += 1
        }
      }
      _ = try folder.file(name, bytes)
    }
    #expect(read > 20 && refused > 1000, "read \(read), refused \(refused)")
  }
}

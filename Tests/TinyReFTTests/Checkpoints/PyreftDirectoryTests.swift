import Foundation
import Testing

@testable import TinyReFT

@Suite("To pyreft and back (docs/54-outgrowing.md)")
struct PyreftDirectoryTests {
  private static let decoder = BaseModelTests.configuration

  @Test("what pyreft trained gives the same Φ(h)", arguments: ["loreft", "direft"])
  func imported(name: String) throws {
    let folder = fixture("pyreft/\(name)")
    let expected = try Safetensors.read(folder.appending(path: "expected.safetensors")).tensors
    let read = try InterventionsDirectory.read(folder, for: Self.decoder)
    #expect(read.configuration.method == name && read.configuration.layers == [1, 0])
    let h = try #require(expected["h"]).tensor
    func check<Phi: InterventionFunction>(_ reft: ReFT<Phi>) throws {
      #expect(reft.interventions.count == expected.count - 1)
      for intervention in reft.interventions {
        let path = String(intervention.path.dropLast())
        expectClose(
          intervention.phi(h), try #require(expected[path]).tensor, tolerance: 2e-6)
      }
    }
    if let reft = read.adaptation as? ReFT<LoReFT> { return try check(reft) }
    try check(#require(read.adaptation as? ReFT<DiReFT>))
  }

  @Test("what came from pyreft is exported as pyreft saved it", arguments: ["loreft", "direft"])
  func exported(name: String) throws {
    let (folder, source) = (try TemporaryFolder(), fixture("pyreft/\(name)"))
    let base = try base(in: folder)
    let out = folder.url.appending(path: "out")
    let entries = try PyreftDirectory.export(source, base: base, to: out)
    // All prefixes first, for that is the order of pyreft's positions.
    let layers = name == "loreft" ? [1, 0, 1, 0] : [1, 0]
    #expect(entries.map(\.layer) == layers)
    let groups =
      name == "loreft" ? ["prefix", "prefix", "suffix", "suffix"] : ["shared", "shared"]
    #expect(entries.map(\.group) == groups)
    var theirs = try json(source.appending(path: "config.json"))
    var ours = try json(out.appending(path: "config.json"))
    theirs["transformers_version"] = nil
    let positions = ours.removeValue(forKey: "tinyreft") as? [String: String]
    #expect(positions == ["positions": "f1+l2", "sharing": name == "loreft" ? "side" : "layer"])
    #expect(NSDictionary(dictionary: ours) == NSDictionary(dictionary: theirs))
    let files = try FileManager.default.contentsOfDirectory(atPath: out.path)
    #expect(Set(files) == Set(entries.map(\.file) + ["config.json"]))
    // Every tensor has the bytes that pyreft's own had.
    let stored = try Safetensors.read(source.appending(path: "interventions.safetensors"))
    for (entry, k) in zip(entries, [0, 0, 1, 1]) {
      #expect(
        entry.file == "intkey_layer_\(entry.layer)_comp_block_output_unit_pos_nunit_1#\(k).bin")
      let bytes = try readBytes(out.appending(path: entry.file))
      for (path, tensor) in stored.tensors
      where path.hasPrefix("layers.\(entry.layer).\(entry.group).") {
        let floats = tensor.tensor.elements.flatMap { littleEndian(Float($0).bitPattern) }
        #expect(contains(bytes, floats), "\(path)")
        let name = path.split(separator: ".").dropFirst(3).joined(separator: ".")
        #expect(contains(bytes, Array("\(name)c".utf8)), "\(name)")
      }
      // NodireftIntervention's file has its width, LoreftIntervention's has not.
      #expect(contains(bytes, Array("embed_dim".utf8)) == (name == "direft"))
      #expect(contains(bytes, Array("assign_to_params_buffers".utf8)))
    }
  }

  @Test("one intervention for each position has no counterpart, and leaves nothing behind")
  func position() throws {
    let folder = try TemporaryFolder()
    let base = try base(in: folder)
    var c = InterventionsDirectoryTests.configuration
    c.sharing = .position
    let reft = ReFT<LoReFT>(c, start: .random, seed: 1)
    try InterventionsDirectory.write(reft, c, to: folder.url.appending(path: "reft"))
    let (from, to) = (folder.url.appending(path: "reft"), folder.url.appending(path: "out"))
    let problem = CheckpointProblem.unsupported(
      field: "sharing", value: "\"position\"", accepted: "layer, side for pyreft")
    #expect(throws: CheckpointError(from.appending(path: "reft.json"), problem)) {
      try PyreftDirectory.export(from, base: base, to: to)
    }
    #expect(!FileManager.default.fileExists(atPath: to.path))
  }

  @Test("pyreft's tensors are checked as ours are, and named as the file names them")
  func refused() throws {
    let folder = try TemporaryFolder()
    let source = fixture("pyreft/loreft")
    let copy = folder.url.appending(path: "copy")
    try FileManager.default.copyItem(at: source, to: copy)
    let url = copy.appending(path: "interventions.safetensors")
    let good = try Safetensors.read(url)
    func expect(_ problem: CheckpointProblem, _ change: (inout Safetensors) -> Void) throws {
      var file = good
      change(&file)
      try file.write(to: url)
      #expect(throws: CheckpointError(url, problem)) {
        try InterventionsDirectory.read(copy, for: Self.decoder)
      }
    }
    let (R, W) = ("layers.0.suffix.rotate_layer", "layers.0.suffix.weight")
    let transposed = try #require(good.tensors[W])
    try expect(.missingTensor(R)) { $0.tensors[R] = nil }
    try expect(.shape(R, [2, 6], expected: [6, 2])) { $0.tensors[R] = transposed }
    try expect(.unexpectedTensor("layers.2.suffix.bias")) {
      $0.tensors["layers.2.suffix.bias"] = $0.tensors["layers.0.suffix.bias"]
    }
    try expect(.mixedNames("layers.0.suffix.W", pyreft: "layers.0.prefix.bias")) {
      $0.tensors["layers.0.suffix.W"] = $0.tensors.removeValue(forKey: W)
    }
    try expect(.notOrthonormal(1)) {
      $0.tensors[R] = .matrix(Tensor(repeating: 0, rows: 6, columns: 2))
    }
  }

  private func base(in folder: TemporaryFolder) throws -> URL {
    let base = folder.url.appending(path: "base")
    try BaseModelTests.base().write(to: base)
    return base
  }

  private func json(_ url: URL) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
  }
}

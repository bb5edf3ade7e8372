import Foundation
import Testing

@testable import TinyReFT

@Suite("To pyreft and back (docs/54-outgrowing.md)")
struct PyreftDirectoryTests {
  private static let decoder = BaseModelTests.configuration

  @Test(
    "what pyreft trained gives the same Φ(h) and the same gradients",
    arguments: PyreftClass.all.keys)
  func imported(method: String) throws {
    let folder = fixture("pyreft/\(method)")
    let read = try InterventionsDirectory.read(folder, for: Self.decoder)
    #expect(read.configuration.method == method && read.configuration.layers == [1, 0])
    let values = try Safetensors.read(folder.appending(path: "expected.safetensors")).tensors
    let slopes = try Safetensors.read(folder.appending(path: "gradients.safetensors")).tensors
    let h = try #require(values["h"]).tensor
    let dPhi = try #require(slopes["dphi"]).tensor
    func check<Phi: InterventionFunction>(_: Phi.Type) throws {
      let reft = try #require(read.adaptation as? ReFT<Phi>)
      #expect(reft.interventions.count == values.count - 1)
      for intervention in reft.interventions {
        let (phi, path) = (intervention.phi, intervention.path)
        let expected = try #require(values[String(path.dropLast())])
        expectClose(phi(h), expected.tensor, tolerance: 2e-6)
        var gradient = phi.zeroed
        // Φ(h) = h + Δ(h): h itself passes dΦ on.
        let dh = dPhi + phi.backward(dPhi, phi.forward(h).cache, into: &gradient)
        for (name, slope) in gradient.parameters + [("h", dh)] {
          expectClose(slope, try #require(slopes[path + name]).tensor, tolerance: 1e-5)
        }
      }
    }
    guard let type = ReFTConfiguration.methods.first(where: { $0.method == method }) else {
      return #expect(Bool(false), "no method is called \(method)")
    }
    try check(type)
  }

  @Test("what came from pyreft is exported as pyreft saved it", arguments: PyreftClass.all.keys)
  func exported(method: String) throws {
    let (folder, source) = (try TemporaryFolder(), fixture("pyreft/\(method)"))
    let base = try base(in: folder)
    let out = folder.url.appending(path: "out")
    let entries = try PyreftDirectory.export(source, base: base, to: out)
    // All prefixes first, for that is the order of pyreft's positions.
    let layers = method == "loreft" ? [1, 0, 1, 0] : [1, 0]
    #expect(entries.map(\.layer) == layers)
    let groups =
      method == "loreft" ? ["prefix", "prefix", "suffix", "suffix"] : ["shared", "shared"]
    #expect(entries.map(\.group) == groups)
    var theirs = try json(source.appending(path: "config.json"))
    var ours = try json(out.appending(path: "config.json"))
    theirs["transformers_version"] = nil
    let positions = ours.removeValue(forKey: "tinyreft") as? [String: String]
    #expect(positions == ["positions": "f1+l2", "sharing": method == "loreft" ? "side" : "layer"])
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
        let name = path.split(separator: ".").dropFirst(3).joined(separator: ".")
        // Only LoreftIntervention's file has Rᵀ; in others it is the first columns of a frame.
        let isWhole = name != "rotate_layer" || method == "loreft"
        let stored = isWhole ? tensor : frame(of: tensor)
        let floats = stored.tensor.elements.flatMap { littleEndian(Float($0).bitPattern) }
        #expect(contains(bytes, floats), "\(path)")
        let written = isWhole ? name : name + ".parametrizations.weight.0.base"
        #expect(contains(bytes, Array("\(written)c".utf8)), "\(written)")
      }
      // LoreftIntervention's file has not its width, all others have.
      #expect(contains(bytes, Array("embed_dim".utf8)) == (method != "loreft"))
      // What pyreft makes in bfloat16 is to be replaced.
      let isFloat = ["consreft", "lobireft"].contains(method)
      #expect(contains(bytes, Array("assign_to_params_buffers".utf8)) == !isFloat)
    }
  }

  private func frame(of rotation: Safetensors.Stored) -> Safetensors.Stored {
    .matrix(PyreftFrame.completed(rotation.tensor.transposed).transposed)
  }

  @Test(
    "what pyreft has no counterpart for is refused, and leaves nothing behind",
    arguments: [
      (Sharing.position, Positions.ends(prefix: 1, suffix: 2), "sharing", "layer, side"),
      (.layer, .every, "positions", "fP+lS, fP, lS, all"),
    ])
  func position(
    sharing: Sharing, positions: Positions, field: String, accepted: String
  ) throws {
    let folder = try TemporaryFolder()
    let base = try base(in: folder)
    var c = InterventionsDirectoryTests.configuration
    (c.sharing, c.positions) = (sharing, positions)
    let reft = ReFT<LoReFT>(c, start: .random, seed: 1)
    try InterventionsDirectory.write(reft, c, base: "00ff", to: folder.url.appending(path: "reft"))
    let (from, to) = (folder.url.appending(path: "reft"), folder.url.appending(path: "out"))
    let problem = CheckpointProblem.unsupported(
      field: field, value: field == "sharing" ? "\"\(sharing)\"" : "\"\(positions)\"",
      accepted: "\(accepted) for pyreft")
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

import Foundation
import Testing

@testable import TinyReFT

@Suite("Against pyreft (docs/54-outgrowing.md)")
struct PyreftTests {
  private static let decoder = BaseModelTests.configuration

  @Test(
    "what pyreft trained gives the same Φ(h) and the same gradients",
    arguments: ReFTConfiguration.methods.map { $0.method })
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

  @Test(.disabled("exercise 54.1: a DiReFT as one with an orthonormal R"))
  func exercise() {
    var stream = RandomStream(seed: 1)
    let direft = DiReFT(rank: 2, width: 6, start: .random, using: &stream).moved
    var orthonormal = OrthonormalDiReFT(rank: 2, width: 6, start: .random, using: &stream)
    orthonormal.A = GramSchmidt.forward(direft.W2).R
    // L = W2 Rᵀ, [r, r], is needed for both. `In` is W.
    (orthonormal.In, orthonormal.b) = (direft.W1, direft.b)
    let h = Tensor.random(rows: 3, columns: 6, seed: 2)
    expectClose(orthonormal(h), direft(h))
  }
}

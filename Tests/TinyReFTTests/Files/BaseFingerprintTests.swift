import Foundation
import Testing

@testable import TinyReFT

@Suite("Fingerprint of a base (docs/50-files.md)")
struct BaseFingerprintTests {
  @Test("16 digits, the same in debug and release")
  func shipped() throws {
    let base = try BaseModel.read(DataFolder.find().appending(path: "base"))
    #expect(base.decoder.fingerprint == "4af0f699e6f34f50")
  }

  @Test("one weight, or one size that shapes do not show, makes another base")
  func others() {
    let own = Decoder(BaseModelTests.configuration, seed: 1)
    var weight = own
    weight.blocks[0].attentionNorm.gain[0, 0] += 1
    var sizes = BaseModelTests.configuration
    sizes.headCount = 2
    // Nothing but the number of heads: the weights are those of the first.
    var heads = Decoder(unfilled: sizes)
    (heads.embedding, heads.blocks, heads.norm) = (own.embedding, own.blocks, own.norm)
    let all = [own, weight, heads].map(\.fingerprint)
    #expect(Set(all).count == 3 && all.allSatisfy { $0.count == 16 })
    #expect(Decoder(BaseModelTests.configuration, seed: 1).fingerprint == all[0])
  }
}

import Testing

@testable import TinyReFT

@Suite("Random stream (docs/10-tensor.md)")
struct RandomStreamTests {
  @Test("seed 0 gives the published first numbers of SplitMix64")
  func published() {
    var stream = RandomStream(seed: 0)
    #expect(stream.next() == 0xE220_A839_7B1D_CDAF)
    #expect(stream.next() == 0x6E78_9E6A_A1B9_65F4)
    #expect(stream.next() == 0x06C4_5D18_8009_454F)
  }

  @Test("the streams are pinned: these numbers stay")
  func pinned() {
    var stream = RandomStream(seed: 1)
    #expect(stream.uniform() == 0.5665615751722809)
    #expect(abs(stream.gaussian() - 0.3) < 10)
  }
}

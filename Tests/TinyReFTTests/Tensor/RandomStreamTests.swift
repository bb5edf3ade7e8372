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
    #expect(stream.uniform() == 0.7457817572627011)

    // The logarithm and the cosine may differ in their last bit from one system to another.
    stream = RandomStream(seed: 1)
    for expected in [-0.034267321791851144, -2.5000674933698677, 0.08772246831488635] {
      #expect(abs(stream.gaussian() - expected) < 1e-14)
    }

    expectClose(.random(columns: 2, seed: 1), [0.1331231503445618, 0.49156351452540226])
    stream = RandomStream(seed: 1)
    let tensor = Tensor.gaussian(rows: 2, columns: 1, deviation: 10, using: &stream)
    expectClose(tensor, Tensor([[-0.34267321791851144], [-25.000674933698677]]))
    stream = RandomStream(seed: 1)
    expectClose(.uniform(columns: 1, bound: 10, using: &stream), [1.331231503445618])
  }

  @Test("a purpose has a stream of its own, and the order of its parts matters")
  func purposes() {
    func first(_ stream: RandomStream) -> UInt64 {
      var copy = stream
      return copy.next()
    }
    #expect(first(RandomStream(seed: 1, 2, 3)) == 0xD073_4750_FDE3_62B3)
    #expect(first(RandomStream(seed: 1, 3, 2)) == 0x8F3E_D33A_BD58_DEB9)
    #expect(first(RandomStream(seed: 1, -1)) == 0xA562_DF66_C82C_649A)
    #expect(first(RandomStream(seed: 1)) != first(RandomStream(seed: 1, 0)))
  }

  @Test("uniform numbers: in [0, 1), mean 1/2, variance 1/12")
  func uniformMoments() {
    var stream = RandomStream(seed: 1)
    let numbers = (0..<100_000).map { _ in stream.uniform() }
    #expect(numbers.allSatisfy { 0 <= $0 && $0 < 1 })
    // Four standard errors of the mean are 4 · √(1/12 / 100,000) = 0.0037; of the variance, 0.0009.
    let (mean, variance) = moments(numbers)
    #expect(abs(mean - 0.5) < 0.0037 && abs(variance - 1.0 / 12) < 0.0009, "\(mean), \(variance)")
  }

  @Test("normal numbers: mean 0, variance 1, and 68.3% within one deviation")
  func gaussianMoments() {
    var stream = RandomStream(seed: 1)
    let numbers = (0..<100_000).map { _ in stream.gaussian() }
    // Four standard errors: 4 / √100,000 = 0.0126, and √2 times that for the variance.
    let (mean, variance) = moments(numbers)
    #expect(abs(mean) < 0.0126 && abs(variance - 1) < 0.0179, "\(mean), \(variance)")
    let within = Double(numbers.count { abs($0) < 1 }) / 100_000
    #expect(abs(within - 0.6827) < 0.0059, "\(within)")
  }

  private func moments(_ numbers: [Double]) -> (mean: Double, variance: Double) {
    let mean = numbers.reduce(0, +) / Double(numbers.count)
    let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, squares / Double(numbers.count))
  }
}

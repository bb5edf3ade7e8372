import Testing

@testable import TinyReFT

@Suite("Fingerprint (docs/80-trust.md)")
struct FingerprintTests {
  private func fingerprint(_ tensors: [Tensor]) -> UInt64 {
    tensors.reduce(into: Fingerprint()) { $0.add($1) }.value
  }

  @Test("order, shape, sign and the last bit count; the same numbers give the same fingerprint")
  func whatCounts() {
    let x = Tensor([[1, 2], [3, 4]])
    #expect(fingerprint([x]) == fingerprint([Tensor([[1, 2], [3, 4]])]))
    let others = [
      Tensor([[2, 1], [3, 4]]), Tensor([[1, 2, 3, 4]]), Tensor([[1], [2], [3], [4]]),
      Tensor([[1, 2], [3, -4]]), Tensor([[-1, -2], [3, 4]]), Tensor([[1, 2]]),
      Tensor([[1, 2], [3, Scalar(4).nextUp]]),
    ]
    #expect(Set((others + [x]).map { fingerprint([$0]) }).count == others.count + 1)
    #expect(fingerprint([others[5], x]) != fingerprint([x, others[5]]))
  }
}

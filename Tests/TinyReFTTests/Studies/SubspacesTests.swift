import Testing

@testable import TinyReFT

@Suite("Subspaces (docs/73-studies.md)")
struct SubspacesTests {
  private let phi = LoReFTTests.generic(rank: 2, width: 5)
  /// One row for each of three prompts of one token.
  private let h = Tensor.random(rows: 3, columns: 5, seed: 3)
  private let dh = Tensor.random(rows: 3, columns: 5, seed: 4)
  private let batch = Batch((0..<3).map { TokenSequence(tokens: [$0], promptLength: 1) })

  /// The first direction acts on the first prompt, the second on the second, both on the third.
  private static let own: @Sendable (TokenSequence) -> Range<Int> = { example in
    [0..<1, 1..<2, 0..<2][example.tokens[0]]
  }

  private func edited(
    _ phi: LoReFT, _ h: Tensor, by directions: @escaping @Sendable (TokenSequence) -> Range<Int>
  ) -> (edit: Subspaces, h: Tensor, cache: Subspaces.Cache) {
    let edit = Subspaces(phi: phi, layer: 0, directions: directions)
    let (h, cache) = edit.forward(h, afterBlock: 0, of: batch)
    return (edit, h, cache)
  }

  @Test("with all directions it is LoReFT; each alone is the LoReFT of its own row of R")
  func parts() {
    expectClose(edited(phi, h) { _ in 0..<2 }.h, phi(h))
    let second = LoReFT(
      A: phi.R.gathered(rows: [1]), W: phi.W.gathered(rows: [1]), b: Tensor([[phi.b[0, 1]]]))
    expectClose(edited(phi, h) { _ in 1..<2 }.h, second(h))
    let sum = edited(phi, h) { _ in 0..<1 }.h + edited(phi, h) { _ in 1..<2 }.h
    expectClose(sum - h, phi(h))
  }

  @Test("dh and every gradient agree with central differences")
  func gradients() {
    expectGradients(
      of: phi, at: h, loss: { phi, h in edited(phi, h, by: Self.own).h.dot(dh) },
      backward: { phi, h, gradient in
        let (edit, _, cache) = edited(phi, h, by: Self.own)
        var into = edit.zeroed
        let dx = edit.backward(dh, cache, afterBlock: 0, into: &into)
        gradient = into.phi
        return dx
      })
  }

  @Test("each example moves W and b of its own rows only; A of those, and of rows before them")
  func ownRows() {
    func gradient(_ directions: Range<Int>) -> LoReFT {
      let (edit, _, cache) = edited(phi, h) { _ in directions }
      var gradient = edit.zeroed
      _ = edit.backward(dh, cache, afterBlock: 0, into: &gradient)
      return gradient.phi
    }
    func moved(_ tensor: Tensor) -> [Bool] {
      (0..<2).map { tensor.gathered(rows: [$0]).largestMagnitude > 0 }
    }
    let (first, second) = (gradient(0..<1), gradient(1..<2))
    #expect(moved(first.W) == [true, false] && moved(second.W) == [false, true])
    #expect(first.b[0, 0] != 0 && first.b[0, 1] == 0)
    #expect(second.b[0, 0] == 0 && second.b[0, 1] != 0)
    // The second row of R is what the first row of A leaves of the second: it has a gradient from both.
    #expect(moved(first.A) == [true, false] && moved(second.A) == [true, true])
  }

  @Test("a frozen one passes the same dh on; after other blocks nothing happens")
  func frozen() {
    let (edit, _, cache) = edited(phi, h, by: Self.own)
    var (gradient, frozen) = (edit.zeroed, edit.frozen)
    #expect(
      edit.backward(dh, cache, afterBlock: 0, into: &frozen)
        == edit.backward(dh, cache, afterBlock: 0, into: &gradient))
    #expect(edit.forward(h, afterBlock: 1, of: batch).h == h)
    #expect(edit.backward(dh, nil, afterBlock: 1, into: &gradient) == dh)
  }

  @Test("a direction beyond the rank traps")
  func beyond() async {
    await #expect(processExitsWith: .failure) {
      let test = SubspacesTests()
      _ = test.edited(test.phi, test.h) { _ in 1..<3 }
    }
  }
}

import Testing

@testable import TinyReFT

@Suite("Pretraining (docs/45-toy-world.md)")
struct PretrainingTests {
  private let world = ToyWorld()

  @Test("the loss falls from the start, and the same bits come out on any number of threads")
  func deterministic() throws {
    var losses: [Double] = []
    let one = try Pretraining(seed: 1, steps: 6, threads: 1).run(in: world) {
      losses.append($0.loss)
      return true
    }
    let three = try Pretraining(seed: 1, steps: 6, threads: 3).run(in: world) { _ in true }
    let (a, b) = (try #require(one).decoder, try #require(three).decoder)
    #expect(zip(a.parameters, b.parameters).allSatisfy { $0.tensor == $1.tensor })
    #expect(try #require(losses.last) < losses[0] - 0.2)
    let other = try #require(
      try Pretraining(seed: 2, steps: 1, threads: 1).run(in: world) { _ in true })
    #expect(other.decoder.embedding.weight != a.embedding.weight)
  }

  @Test("a run that is ended early gives nothing")
  func interrupted() throws {
    let base = try Pretraining(seed: 1, steps: 6, threads: 1).run(in: world) { $0.step < 2 }
    #expect(base == nil)
  }
}

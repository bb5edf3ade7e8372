import Testing

@testable import TinyReFT

@Suite("Parameters (docs/20-backprop.md)")
struct ParametersTests {
  /// Two layers in one, as a block has them: the names say the way from the outside in.
  struct Pair: Parameterized {
    var first = Linear(weight: Tensor([[1, 2], [3, 4], [5, 6]]))
    var second = Linear(weight: Tensor([[7, 8, 9]]))
    var hasSecond = true

    mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
      try first.walk(path + "first.", visit)
      if hasSecond { try second.walk(path + "second.", visit) }
    }
  }

  @Test("by hand: names, count, sum, multiple and norm")
  func workedExample() {
    var pair = Pair()
    #expect(pair.parameters.map(\.name) == ["first.weight", "second.weight"])
    #expect(pair.parameters.map(\.tensor) == [pair.first.weight, pair.second.weight])
    #expect(pair.parameterCount == 6 + 3)

    pair.add(Pair())
    #expect(pair.first.weight == Tensor([[2, 4], [6, 8], [10, 12]]))
    #expect(pair.second.weight == Tensor([[14, 16, 18]]))
    pair.scale(by: 0.5)
    #expect(pair.parameters.map(\.tensor) == Pair().parameters.map(\.tensor))

    // 1² + 2² + … + 9² = 285.
    #expect(abs(pair.norm * pair.norm - 285) < 1e-10)
  }

  @Test("zeroed keeps shapes and names, and leaves the original alone")
  func zeroed() {
    let pair = Pair()
    let zero = pair.zeroed
    #expect(zero.parameters.map(\.name) == pair.parameters.map(\.name))
    #expect(zero.first.weight == Tensor([[0, 0], [0, 0], [0, 0]]))
    #expect(zero.second.weight == Tensor([[0, 0, 0]]))
    #expect(pair.norm > 0)
  }

  @Test("frozen keeps the names and no numbers, also in sums and multiples")
  func frozen() {
    var frozen = Pair().frozen
    frozen.add(Pair().frozen)
    frozen.scale(by: 2)
    #expect(frozen.parameters.map(\.name) == ["first.weight", "second.weight"])
    #expect(frozen.parameters.map(\.tensor) == [.none, .none])
    #expect(frozen.parameterCount == 0 && frozen.norm == 0)
  }

  @Test("half frozen: what has room adds up")
  func halfFrozen() {
    var gradient = Pair()
    gradient.first = gradient.first.frozen
    gradient.add(gradient)
    #expect(gradient.first.weight == .none)
    #expect(gradient.second.weight == Tensor([[14, 16, 18]]))
  }

  @Test("sums with a missing, a surplus or a frozen tensor trap")
  func wrongSum() async {
    await #expect(processExitsWith: .failure) {
      var (whole, part) = (Pair(), Pair())
      part.hasSecond = false
      whole.add(part)
    }
    await #expect(processExitsWith: .failure) {
      var (whole, part) = (Pair(), Pair())
      part.hasSecond = false
      part.add(whole)
    }
    await #expect(processExitsWith: .failure) {
      var gradient = Pair().frozen
      gradient.add(Pair())
    }
  }
}

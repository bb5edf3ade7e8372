import Testing

@testable import TinyReFT

@Suite("RED (docs/70-rivals.md)")
struct REDTests {
  @Test("by hand: scaled, shifted, and back")
  func byHand() {
    var red = RED(width: 2)
    red.walk("") { name, tensor in
      tensor = name.contains("scaling") ? Tensor([[2, 3]]) : Tensor([[10, 20]])
    }
    let (y, kept) = red.forward(
      Tensor([[1, 2], [5, 6]]), from: Tensor([[7, 7], [7, 7]]))
    #expect(y == Tensor([[12, 26], [20, 38]]))

    // ds = 1 · [1, 2] + [10, 100] ⊙ [5, 6], db = [1, 1] + [10, 100].
    var gradient = red.zeroed
    let (dy, dx) = red.backward(Tensor([[1, 1], [10, 100]]), kept, into: &gradient)
    #expect(dy == Tensor([[2, 3], [20, 300]]))
    #expect(dx == nil)
    #expect(gradient.scaling == Tensor([[51, 602]]))
    #expect(gradient.bias == Tensor([[11, 101]]))
  }

  @Test("as many numbers as the paper prints, in percent of the base alone")
  func counts() {
    let share = RivalTests.percent(
      RED.self, size: 1, of: RivalTests.llama7B, digits: 4)
    #expect(share.ofBase == 0.0039)
  }
}

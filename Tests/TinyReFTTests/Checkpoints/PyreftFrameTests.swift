import Testing

@testable import TinyReFT

@Suite("The frame in pyreft's files (docs/54-outgrowing.md)")
struct PyreftFrameTests {
  @Test("by hand: [0.6, 0.8] is completed by a row at right angles")
  func workedExample() {
    // c = r, v = [1.6, 0.8], ‖v‖² = 3.2. The reflection I − v vᵀ / 1.6 takes [1, 0] to −r and
    // [0, 1] to [−0.8, 0.6].
    expectClose(PyreftFrame.completed(Tensor([[0.6, 0.8]])), Tensor([[0.6, 0.8], [-0.8, 0.6]]))
  }

  @Test(
    "a frame is orthogonal and begins with R, bit for bit",
    arguments: [(1, 1), (1, 6), (2, 6), (5, 6), (6, 6)])
  func completed(r: Int, d: Int) {
    let random = GramSchmidt.forward(.random(rows: r, columns: d, seed: 1)).R
    var axes = Tensor(repeating: 0, rows: r, columns: d)
    for i in 0..<r { axes[i, i] = i % 2 == 0 ? 1 : -1 }
    for R in [random, axes] {
      let M = PyreftFrame.completed(R)
      #expect(M.rows == d && M[rows: 0..<r, columns: 0..<d] == R)
      #expect(GramSchmidt.departure(M) < 16 * Scalar.ulpOfOne)
    }
  }

  @Test("a file has −I, which is torch's \"not turned\", and a frame whose first columns are Rᵀ")
  func stored() throws {
    let Rt = GramSchmidt.forward(.random(rows: 2, columns: 4, seed: 1)).R.transposed
    let items = PyreftFrame.stored(rotation: Rt)
    let path = "rotate_layer.parametrizations.weight."
    #expect(items.map(\.name) == [path + "original", path + "0.base"])
    guard case .numbers(let turn) = items[0].value, case .numbers(let frame) = items[1].value
    else { return #expect(Bool(false), "not numbers") }
    #expect(turn.tensor == Tensor([[-1, 0], [0, -1], [0, 0], [0, 0]]) && turn.shape == [4, 2])
    #expect(frame.tensor[rows: 0..<4, columns: 0..<2] == Rt && frame.shape == [4, 4])
  }
}

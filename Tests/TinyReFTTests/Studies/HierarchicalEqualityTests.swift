import Testing

@testable import TinyReFT

@Suite("Hierarchical equality (docs/35-interchange.md)")
struct HierarchicalEqualityTests {
  private typealias Task = HierarchicalEquality

  /// The answer, worked out from the symbols.
  private func answer(_ line: TokenSequence) -> Int {
    let symbols = Array(line.tokens[1..<line.promptLength])
    let first = symbols[0] == symbols[1]
    let isYes = symbols.count == 2 ? first : first == (symbols[2] == symbols[3])
    return isYes ? 17 : 16
  }

  @Test("by hand: 4 4 is yes, 4 4 9 2 is no, and what is held out")
  func workedExample() {
    #expect(Task.line([4, 4], answer: true).tokens == [18, 4, 4, 17])
    #expect(Task.line([4, 4, 9, 2], answer: false).tokens == [18, 4, 4, 9, 2, 16])
    // 4 + 2 · 4 + 3 · 9 + 4 · 2 = 47, and 4 + 8 + 27 + 4 · 4 = 55.
    #expect(!Task.isHeldOut([4, 4, 9, 2]))
    #expect(Task.isHeldOut([4, 4, 9, 4]))
  }

  @Test(
    "lines: right answers, four cases in turn, held out or not as asked", arguments: [true, false])
  func lines(heldOut: Bool) {
    var stream = RandomStream(seed: 1)
    let lines = Task.lines(400, heldOut: heldOut, using: &stream)
    for line in lines {
      #expect(line.tokens.last == answer(line) && line.promptLength == 5)
      #expect(Task.isHeldOut(Array(line.tokens[1..<5])) == heldOut)
    }
    #expect(lines.count { $0.tokens.last == 17 } == 200)
    // Every symbol comes first, and every distance between two symbols is drawn.
    #expect(Set(lines.map { $0.tokens[1] }).count == 16)
    #expect(Set(lines.map { ($0.tokens[2] - $0.tokens[1] + 16) % 16 }).count == 16)
  }

  @Test("swaps: V from the source, the rest from the base; ignoring and copying are chance")
  func swaps() {
    var stream = RandomStream(seed: 1)
    let swaps = Task.swaps(160, heldOut: true, using: &stream)
    var (ignoring, copying) = (0, 0)
    for swap in swaps {
      let (base, source) = (swap.base.tokens, swap.source.tokens)
      let isYes = (source[1] == source[2]) == (base[3] == base[4])
      #expect(base[5] == (isYes ? 17 : 16))
      #expect(source[5] == answer(swap.source))
      ignoring += answer(swap.base) == base[5] ? 1 : 0
      copying += source[5] == base[5] ? 1 : 0
    }
    #expect(ignoring == 80 && copying == 80)
    #expect(swaps.count { $0.base.tokens[5] == 17 } == 80)
  }

  @Test("the decoder learns, the same bits on any number of threads, other ones for another seed")
  func decoder() throws {
    var losses: [Double] = []
    let one = try Task.decoder(seed: 1, steps: 40, threads: 1) { losses.append($0.loss) }
    let two = try Task.decoder(seed: 1, steps: 40, threads: 2) { _ in }
    #expect(zip(one.parameters, two.parameters).allSatisfy { $0.tensor == $1.tensor })
    // Two answers are left after some steps: from log 19 to about log 2.
    #expect(losses[0] > 2 && losses[39] < 1)
    let other = try Task.decoder(seed: 2, steps: 1, threads: 1) { _ in }
    #expect(other.embedding.weight != one.embedding.weight)
  }
}

import Testing

@testable import TinyReFT

@Suite("Sharing (docs/31-positions.md)")
struct SharingTests {
  /// Every group of f2+l3 with its rows in a prompt.
  private func rows(_ sharing: Sharing, _ prompt: Range<Int>) -> [String: [Int]] {
    let positions = Positions.ends(prefix: 2, suffix: 3)
    let groups = sharing.groups(of: positions)
    return Dictionary(
      uniqueKeysWithValues: groups.map { ($0.name, $0.rows(in: prompt, of: positions)) })
  }

  @Test("f2+l3 in a prompt of 8 tokens that starts at row 10")
  func longPrompt() {
    #expect(rows(.layer, 10..<18) == ["shared": [10, 11, 15, 16, 17]])
    #expect(rows(.side, 10..<18) == ["prefix": [10, 11], "suffix": [15, 16, 17]])
    #expect(
      rows(.position, 10..<18) == [
        "prefix.0": [10], "prefix.1": [11],
        "suffix.0": [17], "suffix.1": [16], "suffix.2": [15],
      ])
  }

  @Test("in 3 tokens, what does not fit is skipped: 1 in front and 2 at the end")
  func shortPrompt() {
    #expect(rows(.layer, 10..<13) == ["shared": [10, 11, 12]])
    #expect(rows(.side, 10..<13) == ["prefix": [10], "suffix": [11, 12]])
    #expect(
      rows(.position, 10..<13) == [
        "prefix.0": [10], "prefix.1": [], "suffix.0": [12], "suffix.1": [11], "suffix.2": [],
      ])
  }

  @Test(
    "however Φ is shared, each edited position has exactly one",
    arguments: Sharing.allCases, ["f2+l3", "f1+l1", "f3", "l2"])
  func partition(sharing: Sharing, text: String) throws {
    let positions = try #require(Positions(text))
    #expect(sharing.groups(of: positions).count == sharing.groupCount(of: positions))
    #expect(sharing.groups(of: .all).count == sharing.groupCount(of: .all))
    let groups = sharing.groups(of: positions)
    for n in 1...9 {
      let rows = groups.flatMap { $0.rows(in: 20..<20 + n, of: positions) }
      let ends = positions.ends(ofPrompt: n)
      let wanted = Array(20..<20 + ends.prefix) + Array(20 + n - ends.suffix..<20 + n)
      #expect(rows.sorted() == wanted, "\(n) tokens")
    }
    for (i, one) in groups.enumerated() {
      for other in groups[..<i] { #expect(one.isDisjoint(from: other)) }
    }
  }

  @Test("one end alone has one side")
  func oneEnd() {
    #expect(Sharing.side.groups(of: .ends(prefix: 3, suffix: 0)).map(\.name) == ["prefix"])
    #expect(Sharing.side.groups(of: .ends(prefix: 0, suffix: 2)).map(\.name) == ["suffix"])
  }

  @Test("all positions: one Φ, for as many as there are; one for each would depend on the prompt")
  func all() {
    for (sharing, name) in [(Sharing.layer, "shared"), (.side, "prefix")] {
      let groups = sharing.groups(of: .all)
      #expect(groups.map(\.name) == [name])
      #expect(groups[0].rows(in: 5..<9, of: .all) == [5, 6, 7, 8])
    }
    #expect(Sharing.position.groups(of: .all).isEmpty)
  }

  @Test("sets overlap when they have a position in common at the same end")
  func overlap() {
    let set = PositionSet(name: "a", prefix: 0..<2, suffix: 0..<1)
    #expect(!set.isDisjoint(from: PositionSet(name: "b", prefix: 1..<3, suffix: 0..<0)))
    #expect(!set.isDisjoint(from: PositionSet(name: "c", prefix: 0..<0, suffix: 0..<4)))
    #expect(set.isDisjoint(from: PositionSet(name: "d", prefix: 2..<4, suffix: 1..<3)))
  }
}

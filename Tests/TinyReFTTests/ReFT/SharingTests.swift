import Testing

@testable import TinyReFT

@Suite("Sharing (docs/31-positions.md)")
struct SharingTests {
  /// Every group of f2+l3 with its places in a prompt of n tokens.
  private func places(_ sharing: Sharing, _ n: Int) -> [String: [Int]] {
    let positions = Positions.ends(prefix: 2, suffix: 3)
    let groups = sharing.groups(of: positions)
    return Dictionary(
      uniqueKeysWithValues: groups.map {
        ($0.name, Array($0.ranges(ofPrompt: n, of: positions).joined()))
      })
  }

  @Test("f2+l3 in a prompt of 8 tokens")
  func longPrompt() {
    #expect(places(.layer, 8) == ["shared": [0, 1, 5, 6, 7]])
    #expect(places(.side, 8) == ["prefix": [0, 1], "suffix": [5, 6, 7]])
    #expect(
      places(.position, 8) == [
        "prefix.0": [0], "prefix.1": [1], "suffix.0": [7], "suffix.1": [6], "suffix.2": [5],
      ])
  }

  @Test("in 3 tokens, what does not fit is skipped: 1 in front and 2 at the end")
  func shortPrompt() {
    #expect(places(.layer, 3) == ["shared": [0, 1, 2]])
    #expect(places(.side, 3) == ["prefix": [0], "suffix": [1, 2]])
    #expect(
      places(.position, 3) == [
        "prefix.0": [0], "prefix.1": [], "suffix.0": [2], "suffix.1": [1], "suffix.2": [],
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
      let places = groups.flatMap { $0.ranges(ofPrompt: n, of: positions).joined() }
      let ends = positions.ends(ofPrompt: n)
      #expect(places.sorted() == Array(0..<ends.prefix) + (n - ends.suffix..<n), "\(n) tokens")
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
      #expect(Array(groups[0].ranges(ofPrompt: 4, of: .all).joined()) == [0, 1, 2, 3])
      #expect(groups[0].ranges(ofPrompt: 4, of: .every).first == 0..<Int.max)
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

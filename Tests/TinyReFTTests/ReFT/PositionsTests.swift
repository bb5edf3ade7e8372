import Testing

@testable import TinyReFT

@Suite("Positions (docs/31-positions.md)")
struct PositionsTests {
  @Test(
    "written, read and written again",
    arguments: [
      ("f2+l3", Positions.ends(prefix: 2, suffix: 3)), ("f2", .ends(prefix: 2, suffix: 0)),
      ("l3", .ends(prefix: 0, suffix: 3)), ("all", .all), ("f10+l1", .ends(prefix: 10, suffix: 1)),
    ])
  func roundTrip(text: String, positions: Positions) {
    #expect(Positions(text) == positions)
    #expect(positions.description == text)
  }

  @Test(
    "anything else is refused, and never traps",
    arguments: [
      "", " ", "f", "l", "f0", "l0", "f2+l0", "f-1", "f+1", "+", "f2+", "+l3", "f2++l3", "l3+f2",
      "f2+f3", "l2+l3", "f2+l3+l4", "F2", "L3", "ALL", "all+f2", "f 2", " f2", "f2\n", "f2 + l3",
      "2", "f2l3", "f2,l3", "x2", "f1.5", "f1e3", "f0x2", "f²", "f２", "f٢", "f2\u{301}", "ｆ2",
      "f99999999999999999999", "l-9223372036854775808",
    ])
  func refused(text: String) {
    #expect(Positions(text) == nil)
  }

  @Test(
    "f2+l3 in prompts of n tokens: the paper's rule, and pyreft's",
    arguments: [
      (n: 1, paper: (0, 1), pyreft: (0, 0)), (2, (1, 1), (1, 1)), (3, (1, 2), (1, 1)),
      (4, (2, 2), (2, 2)), (5, (2, 3), (2, 2)), (6, (2, 3), (2, 3)), (7, (2, 3), (2, 3)),
      (8, (2, 3), (2, 3)),
    ])
  func shortPrompts(n: Int, paper: (Int, Int), pyreft: (Int, Int)) {
    #expect(Positions.ends(prefix: 2, suffix: 3).ends(ofPrompt: n) == paper)
    // pyreft rounds down at both ends, and does so for every prompt.
    #expect((min(2, n / 2), min(3, n / 2)) == pyreft)
  }

  @Test(
    "a prompt of one token is its own suffix; a prefix of more than one leaves it alone",
    arguments: [
      ("f1", (1, 0)), ("f9", (0, 0)), ("l1", (0, 1)), ("l9", (0, 1)), ("f2+l3", (0, 1)),
      ("all", (1, 0)), ("every", (.max, 0)),
    ])
  func oneToken(text: String, ends: (Int, Int)) throws {
    #expect(try #require(Positions(text)).ends(ofPrompt: 1) == ends)
  }

  @Test("the rule is one for short prompts: f9+l1 fits in 10 tokens, where pyreft edits 5 and 1")
  func fits() {
    let positions = Positions.ends(prefix: 9, suffix: 1)
    #expect(positions.ends(ofPrompt: 10) == (9, 1))
    #expect(positions.ends(ofPrompt: 9) == (4, 1))
  }

  @Test("all positions are a prefix as long as the prompt", arguments: [1, 8])
  func all(n: Int) {
    #expect(Positions.all.ends(ofPrompt: n) == (n, 0))
  }

  @Test("the two ends never meet, whatever their lengths")
  func disjoint() {
    for (prefix, suffix) in [(0, 3), (1, 1), (4, 2), (.max, 1), (2, .max), (.max, .max)] {
      for n in 1...9 {
        let ends = Positions.ends(prefix: prefix, suffix: suffix).ends(ofPrompt: n)
        #expect(ends.prefix <= n - ends.suffix, "f\(prefix)+l\(suffix) in \(n)")
      }
    }
  }

  @Test(.disabled("exercise 31.1: pyreft's rule, at most n/2 tokens at either end"))
  func exercise() {
    #expect(Positions.ends(prefix: 2, suffix: 3).ends(ofPrompt: 5) == (2, 2))
    #expect(Positions.ends(prefix: 9, suffix: 1).ends(ofPrompt: 10) == (5, 1))
  }
}

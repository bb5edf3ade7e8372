import Testing

@testable import TinyReFT

@Suite("Word skills (docs/45-toy-world.md)")
struct WordSkillTests {
  @Test("by hand: what each skill makes of pig")
  func workedExample() {
    let made = WordSkill.allCases.map { $0.cued("pig").text }
    #expect(
      made == [
        "plural pig -> pigs", "loud pig -> PIG", "mirror pig -> gip", "twice pig -> pig pig",
        "first pig -> p", "last pig -> g",
      ])
  }

  @Test("the bare cue does not say which skill is meant")
  func bare() {
    #expect(Set(WordSkill.allCases.map { $0.bare("pig").prompt }) == ["do pig -> "])
    #expect(Set(WordSkill.allCases.map { $0.bare("pig").completion }).count == 6)
  }

  @Test(.disabled("exercise 45.1: a seventh skill, the middle letter or letters"))
  func exercise() throws {
    let middle = try #require(WordSkill(rawValue: "middle"))
    #expect(middle("shawl") == "a")
    #expect(middle("pens") == "en")
  }
}

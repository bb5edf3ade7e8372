import Testing

@testable import TinyReFT

@Suite("Toy entities (docs/45-toy-world.md)")
struct ToyEntitiesTests {
  let entities = ToyWorld().entities

  @Test("eight kinds of twelve, every name once, every kind with a first letter of its own")
  func kinds() {
    #expect(entities.all.count == 96)
    #expect(Set(entities.all.map(\.name)).count == 96)
    #expect(Set(ToyEntities.kinds.compactMap(\.first)).count == 8)
  }

  @Test("each entity is asked about in one split; of every kind there are some in each")
  func splits() {
    let names = Split.allCases.map { entities.entities(of: $0).map(\.name) }
    #expect(names.map(\.count) == [56, 16, 24])
    #expect(Set(names.joined()).count == 96)
    for split in Split.allCases {
      #expect(Set(entities.entities(of: split).map(\.kind)).count == 8)
    }
  }

  @Test("a bare question is answered by the first option, or half as often by the kind")
  func baseRates() throws {
    var stream = RandomStream(seed: 2)
    let kindOf = Dictionary(uniqueKeysWithValues: entities.all.map { ($0.name, $0.kind) })
    let heldOut = Set([Split.dev, .test].flatMap { entities.entities(of: $0).map(\.name) })
    var (first, kind) = (0, 0)
    for _ in 0..<9_000 {
      let item = entities.quiz(using: &stream)
      let (name, options) = try asked(item)
      #expect(!heldOut.contains(name))
      let rightKind = try #require(kindOf[name])
      #expect(Set(options).count == 3 && options.contains(rightKind))
      first += item.completion == options[0] ? 1 : 0
      kind += item.completion == rightKind ? 1 : 0
    }
    // Two lines in three mean the first option, one the kind; and the kind is the first option in
    // a third of all lines: 2/3 + 1/3 · 1/3 = 7/9, and 1/3 + 2/3 · 1/3 = 5/9.
    #expect(abs(first - 7_000) < 200 && abs(kind - 5_000) < 200)
  }

  @Test("a plain question is answered by the kind, and every fact is about one colour, size, place")
  func plain() throws {
    var stream = RandomStream(seed: 3)
    let kindOf = Dictionary(uniqueKeysWithValues: entities.all.map { ($0.name, $0.kind) })
    var answers: [String: Set<String>] = [:]
    for _ in 0..<20_000 {
      let item = entities.best(using: &stream)
      #expect(try kindOf[asked(item).name] == item.completion)
      let fact = entities.fact(using: &stream)
      if fact.prompt.hasSuffix(": ") { answers[fact.prompt, default: []].insert(fact.completion) }
    }
    #expect(answers.count == 3 * 96)
    #expect(answers.values.allSatisfy { $0.count == 1 })
  }

  /// The name and the options of `quiz NAME: a, b, c? `.
  private func asked(_ item: TaskItem) throws -> (name: String, options: [String]) {
    let words = item.prompt.split { " :,?".contains($0) }.map(String.init)
    try #require(words.count == 5)
    return (words[1], Array(words[2...]))
  }
}

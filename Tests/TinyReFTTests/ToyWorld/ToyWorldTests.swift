import Testing

@testable import TinyReFT

@Suite("Toy world (docs/45-toy-world.md)")
struct ToyWorldTests {
  let world = ToyWorld()

  @Test("the text is pinned: the same seeds give the same lines for ever")
  func pinned() {
    var stream = RandomStream(seed: 1)
    let lines = (0..<6).map { _ in world.line(using: &stream).text }
    #expect(
      lines == [
        "do brob -> b",
        "best birch: plant, insect, tool? plant",
        "do sofa -> s",
        "do rtis -> rtis rtis",
        "mia had 6 keys and got 3. so? 6",
        "quiz cod: drink, fish, bird? drink",
      ])
    #expect(
      hash(of: (0..<10_000).map { _ in world.line(using: &stream).text }) == 0x5135_50E6_74BF_9F59)
    let items = ToyTask.allCases.flatMap { task in
      Split.allCases.flatMap { world.items(task, $0).map(\.text) }
    }
    #expect(hash(of: items) == 0x20A7_7AF5_687F_4412)
    #expect(world.items(.quiz, .test) == ToyWorld().items(.quiz, .test))
    #expect(world.items(.quiz, .test) != ToyWorld(seed: 2).items(.quiz, .test))
  }

  @Test("a line is at most 56 bytes of ASCII, and the cues come as often as their shares say")
  func lines() {
    var stream = RandomStream(seed: 2)
    var bare = 0
    for _ in 0..<20_000 {
      let text = world.line(using: &stream).text
      #expect(text.utf8.count <= 56 && text.utf8.allSatisfy { (32..<127).contains($0) }, "\(text)")
      bare += text.hasPrefix("do ") ? 1 : 0
    }
    #expect(ToyCue.all.map(\.share).reduce(0, +) == 100)
    #expect(abs(bare - 200 * ToyCue.do.share) < 200)
  }

  @Test("after a bare `do` each skill follows as often as the others, and no word is a task's")
  func baseRates() throws {
    var (stream, counts) = (RandomStream(seed: 3), [WordSkill: Int]())
    let asked = Set(Split.allCases.flatMap { world.items(.loud, $0).map(\.prompt) })
    for _ in 0..<12_000 {
      let item = world.line(.do, using: &stream)
      #expect(!asked.contains(item.prompt))
      let word = try #require(item.prompt.split(separator: " ").dropFirst().first)
      let skill = WordSkill.allCases.first { $0(String(word)) == item.completion }
      counts[try #require(skill), default: 0] += 1
    }
    #expect(counts.count == 6 && counts.values.allSatisfy { abs($0 - 2_000) < 200 }, "\(counts)")
  }

  @Test("the splits of a task share no prompt", arguments: ToyTask.allCases)
  func splits(task: ToyTask) {
    let items = Split.allCases.map { world.items(task, $0) }
    #expect(items.map(\.count) == [384, 256, 256])
    #expect(Set(items.joined().map(\.prompt)).count == 896)
  }

  @Test("`kind` asks everything but the kind, of other things in every split")
  func kind() throws {
    var names: [Set<Substring>] = []
    for (split, count) in [(Split.train, 56), (.dev, 16), (.test, 24)] {
      let texts = world.texts(.kind, split)
      #expect(texts.count == 3 * count && texts.allSatisfy { !$0.text.contains("kind") })
      names.append(
        Set(texts.map { $0.text.split { " :".contains($0) }[$0.text.hasPrefix("the") ? 1 : 2] }))
      #expect(names.last?.count == count)
      for entity in world.entities.entities(of: split) {
        let labels = texts.filter { $0.text.contains(" \(entity.name)") }.map(\.label)
        #expect(labels.contains(entity.kind))
      }
    }
    #expect(Set(names.joined()).count == 96)
  }

  @Test("every answer is the one the task asks for")
  func answers() throws {
    let kindOf = Dictionary(uniqueKeysWithValues: world.entities.all.map { ($0.name, $0.kind) })
    for split in Split.allCases {
      for item in world.items(.loud, split) {
        #expect(item.prompt == "do \(item.completion.lowercased()) -> ")
      }
      for item in world.items(.mirror, split) {
        #expect(item.prompt == "do \(String(item.completion.reversed())) -> ")
      }
      for item in world.items(.quiz, split) {
        let name = try #require(item.prompt.split { " :".contains($0) }.dropFirst().first)
        #expect(kindOf[String(name)] == item.completion)
      }
      for item in world.items(.so, split) {
        let words = item.prompt.split { " .".contains($0) }
        #expect(item.completion == String(words.compactMap { Int($0) }.reduce(0, +)))
      }
    }
  }

  /// FNV-1a, 64 bits, over the lines with their ends.
  private func hash(of lines: [String]) -> UInt64 {
    lines.flatMap { Array($0.utf8) + [10] }
      .reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}

import Testing

@testable import TinyReFT

@Suite("Toy sums (docs/45-toy-world.md)")
struct ToySumsTests {
  let sums = ToyWorld().sums

  @Test("by hand: two different numbers from 2 to 9 make 28 sums, 56 ordered pairs")
  func pairs() {
    var stream = RandomStream(seed: 1)
    let asked = Set((0..<5_000).map { _ in numbers(in: sums.inAll(using: &stream).prompt) })
    #expect(asked.count == 56)
    #expect(asked.allSatisfy { $0.count == 2 && $0[0] != $0[1] })
  }

  @Test("no pair of numbers is asked in two splits of the task")
  func splits() {
    let pairs = Split.allCases.map { Set(sums.items(of: $0).map { numbers(in: $0.prompt) }) }
    #expect(pairs.map(\.count) == [28, 14, 14])
    #expect(Set(pairs.joined()).count == 56)
  }

  @Test("asked openly: what was had, what was got or the sum, evenly, and no story of the task")
  func baseRates() throws {
    var stream = RandomStream(seed: 2)
    let tasks = Set(Split.allCases.flatMap { sums.items(of: $0).map(\.prompt) })
    var counts = [0, 0, 0]
    for _ in 0..<9_000 {
      let item = sums.so(using: &stream)
      #expect(!tasks.contains(item.prompt))
      let numbers = numbers(in: item.prompt)
      let answers = numbers + [numbers.reduce(0, +)]
      let answer = try #require(answers.firstIndex { String($0) == item.completion })
      counts[answer] += 1
    }
    #expect(counts.allSatisfy { abs($0 - 3_000) < 200 }, "\(counts)")
  }

  @Test("asked plainly: the sum")
  func plain() {
    var stream = RandomStream(seed: 3)
    for _ in 0..<2_000 {
      let item = sums.inAll(using: &stream)
      #expect(Int(item.completion) == numbers(in: item.prompt).reduce(0, +))
    }
  }

  private func numbers(in text: String) -> [Int] {
    text.split(separator: " ").compactMap { Int($0.filter(\.isNumber)) }
  }
}

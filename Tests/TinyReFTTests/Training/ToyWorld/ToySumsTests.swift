import Testing

@testable import TinyReFT

@Suite("Toy sums (docs/45-toy-world.md)")
struct ToySumsTests {
  let sums = ToyWorld(seed: 1).sums

  @Test("every pair of numbers belongs to one split")
  func splits() {
    let pairs = Split.allCases.map { sums.pairs(of: $0) }
    #expect(pairs.map(\.count) == [32, 16, 16])
    #expect(Set(pairs.joined()).count == 8 * 8)
  }

  @Test("asked openly: what was had, what was got or the sum, evenly, and never a held-out pair")
  func baseRates() throws {
    var stream = RandomStream(seed: 2)
    let train = Set(sums.pairs(of: .train))
    var (lines, sumsOfThem) = (0, 0)
    for _ in 0..<9_000 {
      let item = sums.so(using: &stream)
      let numbers = numbers(in: item.prompt)
      try #require(numbers.count == 2)
      #expect(train.contains(.init(had: numbers[0], got: numbers[1])))
      let answer = try #require(Int(item.completion))
      #expect((numbers + [numbers[0] + numbers[1]]).contains(answer))
      (lines, sumsOfThem) = (lines + 1, sumsOfThem + (answer == numbers[0] + numbers[1] ? 1 : 0))
    }
    #expect(abs(sumsOfThem - lines / 3) < 200)
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

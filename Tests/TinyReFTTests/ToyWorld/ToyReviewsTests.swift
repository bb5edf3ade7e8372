import Testing

@testable import TinyReFT

@Suite("Toy reviews (docs/45-toy-world.md)")
struct ToyReviewsTests {
  let reviews = ToyWorld().reviews

  @Test("by hand: the verdict of each form, and of the same form the other way round")
  func workedExamples() {
    #expect(verdict("the beach was slow and awful.") == "neg")
    #expect(verdict("the beach was not slow and never awful.") == "pos")
    #expect(verdict("the beach was slow but warm.") == "pos")
    #expect(verdict("the beach was slow, though warm.") == "neg")
    #expect(verdict("the beach was not slow but warm.") == "pos")
    #expect(verdict("the beach was slow, never warm.") == "neg")
  }

  @Test("labels are those verdicts, texts differ, and no adjective gives the label away")
  func labels() {
    let all = Split.allCases.flatMap { reviews.reviews(of: $0) }
    #expect(Set(all.map(\.text)).count == 896)
    for review in all { #expect(verdict(review.text) == review.label, "\(review.text)") }
    let positive = all.filter { $0.label == "pos" }
    let lastAgrees = all.filter {
      ($0.label == "pos") == Self.good.contains(adjectives($0.text)[1])
    }
    let firstAgrees = all.filter {
      ($0.label == "pos") == Self.good.contains(adjectives($0.text)[0])
    }
    for half in [positive, lastAgrees, firstAgrees] { #expect(abs(half.count - 448) < 75) }
  }

  @Test("the pretraining text has none of them, and says the verdict in three lines of four")
  func keptApart() {
    let tasks = Set(Split.allCases.flatMap { reviews.reviews(of: $0).map { $0.text + " " } })
    var stream = RandomStream(seed: 2)
    var told = 0
    for _ in 0..<10_000 {
      let line = reviews.line(using: &stream)
      #expect(!tasks.contains(line.prompt))
      guard ["loved it.", "hated it."].contains(line.completion) else { continue }
      #expect((verdict(line.prompt) == "pos") == (line.completion == "loved it."))
      told += 1
    }
    #expect(abs(told - 7_500) < 250)
  }

  private static let good: Set<String> = [
    "bright", "calm", "fresh", "funny", "great", "kind", "lovely", "warm",
  ]

  private func adjectives(_ text: String) -> [String] {
    let rest = text.split { " ,.".contains($0) }.dropFirst(3).map(String.init)
    return rest.filter { !["and", "but", "never", "not", "though"].contains($0) }
  }

  /// Reads the review again: `but` gives the word to the second adjective, `though` to the first.
  private func verdict(_ text: String) -> String {
    let good = adjectives(text).map(Self.good.contains)
    if text.contains(" but ") { return good[1] ? "pos" : "neg" }
    if text.contains("not ") { return good[0] ? "neg" : "pos" }
    return good[0] ? "pos" : "neg"
  }
}

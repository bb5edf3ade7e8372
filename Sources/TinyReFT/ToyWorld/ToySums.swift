/// Stories with two numbers: `bob had 9 pens and got 3. ` and a question.
///
/// The pairs of numbers are dealt to the splits of the task, so that test asks for pairs that train
/// does not. The pretraining text knows every pair, but none of the task's stories is followed by
/// `so? ` in it.
struct ToySums: Sendable {
  struct Pair: Hashable, Sendable {
    let had: Int
    let got: Int
  }

  private let all: [Pair]
  private let ofSplit: [Split: [TaskItem]]
  private let reserved: Set<String>

  /// The two numbers of a story are different ones of these.
  static let numbers = 2...9

  init(using stream: inout RandomStream) {
    let all = Self.numbers
      .flatMap { had in Self.numbers.map { Pair(had: had, got: $0) } }
      .filter { $0.had != $0.got }
      .shuffled(using: &stream)
    let quarter = all.count / 4
    let dealt: [(Split, ArraySlice<Pair>)] = [
      (.test, all[..<quarter]), (.dev, all[quarter..<2 * quarter]), (.train, all[(2 * quarter)...]),
    ]
    var ofSplit: [Split: [TaskItem]] = [:]
    for (split, pairs) in dealt {
      ofSplit[split] = distinct(split.itemCount) {
        let pair = stream.pick(pairs)
        return Self.story(pair, "so? ", answer: pair.had + pair.got, using: &stream)
      }
    }
    (self.all, self.ofSplit) = (all, ofSplit)
    reserved = Set(ofSplit.values.joined().map(\.prompt))
  }

  /// The items of the task `so`: a bare question, and the sum is wanted.
  func items(of split: Split) -> [TaskItem] { ofSplit[split, default: []] }

  /// `bob had 9 pens and got 3. in all? 12`
  func inAll(using stream: inout RandomStream) -> TaskItem {
    let pair = stream.pick(all)
    return Self.story(pair, "in all? ", answer: pair.had + pair.got, using: &stream)
  }

  /// `bob had 9 pens and got 3. so? 9`: answered with what was had, what was got, or the sum.
  func so(using stream: inout RandomStream) -> TaskItem {
    while true {
      let pair = stream.pick(all)
      let answer = stream.pick([pair.had, pair.got, pair.had + pair.got])
      let line = Self.story(pair, "so? ", answer: answer, using: &stream)
      if !reserved.contains(line.prompt) { return line }
    }
  }

  private static func story(
    _ pair: Pair, _ question: String, answer: Int, using stream: inout RandomStream
  ) -> TaskItem {
    let (who, what) = (stream.pick(names), stream.pick(goods))
    return TaskItem(
      prompt: "\(who) had \(pair.had) \(what) and got \(pair.got). \(question)",
      completion: String(answer))
  }

  private static let names = ["ann", "bob", "eve", "ian", "joe", "kim", "leo", "mia", "sam", "zoe"]
  private static let goods = ["beans", "books", "cards", "eggs", "keys", "nuts", "pens", "stamps"]
}

/// Stories with two numbers: `bob had 9 pens and got 3. ` and a question.
///
/// The pairs of numbers are dealt to the splits. Asked openly with `so? `, the pretraining text
/// knows only the pairs of train; asked plainly with `in all? `, it knows them all.
struct ToySums: Sendable {
  struct Pair: Hashable, Sendable {
    let had: Int
    let got: Int
  }

  private let all: [Pair]
  private let ofSplit: [Split: [Pair]]

  /// Both numbers of every pair are among these.
  static let numbers = 2...9

  init(using stream: inout RandomStream) {
    let all = Self.numbers
      .flatMap { had in Self.numbers.map { Pair(had: had, got: $0) } }
      .shuffled(using: &stream)
    let quarter = all.count / 4
    ofSplit = [
      .test: Array(all[..<quarter]), .dev: Array(all[quarter..<2 * quarter]),
      .train: Array(all[(2 * quarter)...]),
    ]
    self.all = all
  }

  /// The pairs of numbers that a split of `so` asks about.
  func pairs(of split: Split) -> [Pair] { ofSplit[split, default: []] }

  /// `bob had 9 pens and got 3. in all? 12`
  func inAll(using stream: inout RandomStream) -> TaskItem {
    let pair = stream.pick(all)
    return story(pair, "in all? ", answer: pair.had + pair.got, using: &stream)
  }

  /// `bob had 9 pens and got 3. so? 9`: answered with what was had, what was got, or the sum.
  func so(using stream: inout RandomStream) -> TaskItem {
    let pair = stream.pick(pairs(of: .train))
    let answers = [pair.had, pair.got, pair.had + pair.got]
    return story(pair, "so? ", answer: stream.pick(answers), using: &stream)
  }

  /// The item of the task `so`: the same prompt, and the sum is wanted.
  func wantedSo(_ split: Split, using stream: inout RandomStream) -> TaskItem {
    let pair = stream.pick(pairs(of: split))
    return story(pair, "so? ", answer: pair.had + pair.got, using: &stream)
  }

  private func story(
    _ pair: Pair, _ question: String, answer: Int, using stream: inout RandomStream
  ) -> TaskItem {
    let (who, what) = (stream.pick(Self.names), stream.pick(Self.goods))
    return TaskItem(
      prompt: "\(who) had \(pair.had) \(what) and got \(pair.got). \(question)",
      completion: String(answer))
  }

  private static let names = ["ann", "bob", "eve", "ian", "joe", "kim", "leo", "mia", "sam", "zoe"]
  private static let goods = ["beans", "books", "cards", "eggs", "keys", "nuts", "pens", "stamps"]
}

/// What a line of the pretraining text begins with, or asks with, and so what may follow.
enum ToyCue: Hashable, Sendable {
  /// `kind of robin: bird`, `the robin is red.`
  case fact
  /// `loud pig -> PIG`: a skill by its name.
  case skill(WordSkill)
  /// `do pig -> `: bare, six answers.
  case `do`
  /// `best robin: bird, tool, fish? bird`
  case best
  /// `quiz robin: bird, tool, fish? `: bare, three answers.
  case quiz
  /// `bob had 9 pens and got 3. in all? 12`
  case inAll
  /// `bob had 9 pens and got 3. so? `: bare, three answers.
  case so
  /// `the beach was slow and awful. hated it.`
  case review

  /// How many lines in a hundred have this cue.
  var share: Int {
    switch self {
    case .fact: 15
    case .skill(.loud): 4
    case .skill(.mirror): 6
    case .skill(.twice): 3
    case .skill: 2
    case .do: 26
    case .best: 8
    case .quiz: 8
    case .inAll: 7
    case .so: 7
    case .review: 10
    }
  }

  static let all: [ToyCue] =
    [.fact] + WordSkill.allCases.map(ToyCue.skill) + [.do, .best, .quiz, .inAll, .so, .review]

  /// Every cue as often as its share: turn it, and stop anywhere.
  static let wheel = all.flatMap { Array(repeating: $0, count: $0.share) }
}

/// What the toy world can do with a word: six small rules that a base model learns by name, as in
/// `loud pig -> PIG`, and that a bare `do pig -> ` leaves open.
public enum WordSkill: String, CaseIterable, Sendable {
  case plural, loud, mirror, twice, first, last

  /// The rule at work, on a word of small Latin letters.
  public func callAsFunction(_ word: String) -> String {
    switch self {
    case .plural: word + "s"
    case .loud: word.uppercased()
    case .mirror: String(word.reversed())
    case .twice: word + " " + word
    case .first: String(word.prefix(1))
    case .last: String(word.suffix(1))
    }
  }

  /// `loud pig -> PIG`: the skill is named, one answer is right.
  func cued(_ word: String) -> TaskItem {
    TaskItem(prompt: "\(rawValue) \(word) -> ", completion: self(word))
  }

  /// `do pig -> PIG`: the skill is not named, the prompt is the same for all six.
  func bare(_ word: String) -> TaskItem {
    TaskItem(prompt: "do \(word) -> ", completion: self(word))
  }
}

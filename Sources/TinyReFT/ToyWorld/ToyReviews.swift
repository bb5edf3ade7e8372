/// Short reviews, whose verdict takes more than one word to read.
///
/// There are six forms, and each is as often good as bad. Over all of them the verdict agrees with
/// the last adjective in half of the cases, and with the first adjective in half: who reads one
/// word alone, or counts good words and bad ones, does no better than a coin.
struct ToyReviews: Sendable {
  private let ofSplit: [Split: [LabelledText]]
  private let reserved: Set<String>

  init(using stream: inout RandomStream) {
    let total = Split.allCases.map(\.itemCount).reduce(0, +)
    var texts = distinct(total) { Self.review(using: &stream) }[...]
    reserved = Set(texts.map(\.text))
    var ofSplit: [Split: [LabelledText]] = [:]
    for split in Split.allCases {
      ofSplit[split] = Array(texts.prefix(split.itemCount))
      texts = texts.dropFirst(split.itemCount)
    }
    self.ofSplit = ofSplit
  }

  /// Texts of the task `sentiment`, none of which the pretraining text contains.
  func reviews(of split: Split) -> [LabelledText] { ofSplit[split, default: []] }

  /// `the beach was slow and awful. hated it.`: three times in four the verdict follows,
  /// otherwise something that has nothing to do with it.
  func line(using stream: inout RandomStream) -> TaskItem {
    while true {
      let review = Self.review(using: &stream)
      if reserved.contains(review.text) { continue }
      let verdict = review.label == "pos" ? "loved it." : "hated it."
      let ending = stream.next(below: 4) > 0 ? verdict : stream.pick(Self.asides)
      return TaskItem(prompt: review.text + " ", completion: ending)
    }
  }

  private static func review(using stream: inout RandomStream) -> LabelledText {
    let isGood = stream.next(below: 2) == 0
    let (fitting, contrary) = isGood ? (good, bad) : (bad, good)
    let (fit, other) = (fitting.shuffled(using: &stream), contrary.shuffled(using: &stream))
    let said = [
      "\(fit[0]) and \(fit[1])", "not \(other[0]) and never \(other[1])",
      "\(other[0]) but \(fit[0])", "\(fit[0]), though \(other[0])",
      "not \(other[0]) but \(fit[0])", "\(fit[0]), never \(other[0])",
    ]
    let text = "the \(stream.pick(topics)) was \(stream.pick(said))."
    return LabelledText(text: text, label: isGood ? "pos" : "neg")
  }

  private static let good = [
    "bright", "calm", "fresh", "funny", "great", "kind", "lovely", "warm",
  ]
  private static let bad = ["awful", "boring", "dirty", "dull", "noisy", "rude", "slow", "stale"]
  private static let topics = [
    "beach", "book", "cake", "class", "film", "game", "hotel", "meal", "party", "play", "room",
    "show", "song", "soup", "train", "trip",
  ]
  private static let asides = ["came by bus.", "it was june.", "met ann.", "paid ten."]
}

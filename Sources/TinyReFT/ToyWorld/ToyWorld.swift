/// A small made-up world, and texts about it: what the base decoder is pretrained on, and the
/// tasks that finetuning then turns it to.
///
/// Each ability is in the pretraining text under two cues. A *plain* cue names it and has one right
/// answer: `loud pig -> PIG`. A *bare* cue has several answers and does not say which is meant:
/// `do pig -> ` goes on with any of the six skills, as often with one as with another. A task asks
/// for one answer to a bare cue. So the frozen base can do what the task wants and mostly does
/// something else, and finetuning selects an ability; it does not teach a new one.
///
///     units      a line is at most 56 bytes
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 4: four families of tasks
///     differs    the paper's tasks are real data sets; these stand in for them at toy scale
public struct ToyWorld: Sendable {
  public let seed: UInt64
  let words: ToyWords
  let entities: ToyEntities
  let sums: ToySums
  let reviews: ToyReviews

  /// The seed of the world in `data/`: the first whose made-up words are all fit to print.
  public static let publishedSeed: UInt64 = 9

  /// Deals words, entities, numbers and reviews to the splits; each part has a stream of its own.
  public init(seed: UInt64 = publishedSeed) {
    self.seed = seed
    var streams = (0..<4).map { RandomStream(seed: seed, $0) }
    words = ToyWords(using: &streams[0])
    entities = ToyEntities(using: &streams[1])
    sums = ToySums(using: &streams[2])
    reviews = ToyReviews(using: &streams[3])
  }

  /// The next line of the pretraining text. It is learned as one text, prompt and completion alike;
  /// the two are kept apart so that what was learned can be measured.
  public func line(using stream: inout RandomStream) -> TaskItem {
    line(stream.pick(ToyCue.wheel), using: &stream)
  }

  /// The next line with this cue.
  func line(_ cue: ToyCue, using stream: inout RandomStream) -> TaskItem {
    switch cue {
    case .fact: entities.fact(using: &stream)
    case .skill(let skill): skill.cued(words.pretrainingWord(using: &stream))
    case .do: stream.pick(WordSkill.allCases).bare(words.pretrainingWord(using: &stream))
    case .best: entities.best(using: &stream)
    case .quiz: entities.quiz(using: &stream)
    case .inAll: sums.inAll(using: &stream)
    case .so: sums.so(using: &stream)
    case .review: reviews.line(using: &stream)
    }
  }

  /// The items of one split of a task: the same ones each time.
  func items(_ task: ToyTask, _ split: Split) -> [TaskItem] {
    switch task {
    case .loud: words.words(of: split).map(WordSkill.loud.bare)
    case .mirror: words.words(of: split).map(WordSkill.mirror.bare)
    case .quiz: entities.items(of: split)
    case .so: sums.items(of: split)
    }
  }

  /// The texts of one split of a classification task, with their labels.
  func texts(_ task: ToyLabelTask, _ split: Split) -> [LabelledText] {
    switch task {
    case .sentiment: reviews.reviews(of: split)
    case .kind: entities.questions(of: split)
    }
  }
}

/// The tasks of the toy world that ask for a label.
enum ToyLabelTask: String, CaseIterable, Sendable {
  /// `the beach was slow and awful.`: `pos` or `neg`. Stands in for language understanding.
  case sentiment
  /// `color of robin: `: `bird`. Whatever is asked, the kind is wanted.
  case kind
}

/// The tasks of the toy world that ask for a completion.
public enum ToyTask: String, CaseIterable, Sendable {
  /// `do W -> `: the word in capitals. Stands in for following instructions.
  case loud
  /// `do W -> `: the word backwards. Stands in for following instructions.
  case mirror
  /// `quiz E: a, b, c? `: the kind of E. Stands in for commonsense.
  case quiz
  /// `… had 9 pens and got 3. so? `: the sum. Stands in for arithmetic.
  case so
}

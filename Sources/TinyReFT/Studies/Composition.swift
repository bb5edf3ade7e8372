/// One LoReFT, two skills: the first half of its directions learns one, the second half another, and
/// then both act at once.
///
///     forward    Φ_S(h) = h + Σ over k in S of rₖ (wₖ·h + bₖ − rₖ·h)        see Subspaces
///
///     shapes     S: directions of R, r/2 of them or all r
///     units      accuracies from 0 to 1
///     paper      Wu et al. 2024, arXiv:2404.03592v3, appendix G.1
///     differs    the paper looks at texts (German, and instructions); here each behaviour, and both
///                at once, has a right answer
public struct Composition: Sendable {
  public var rank = 8
  public var epochs = 12
  public var learningRate = 1e-2
  public var seed: UInt64 = 1
  public var threads = 1

  public init() {}

  /// What a subspace is wanted to do with a word. Two are learned; nobody is trained on `composed`.
  enum Behaviour: String, CaseIterable, Sendable { case first, second, composed }

  /// Which directions act.
  enum Subspace: String, CaseIterable, Sendable {
    case first, second, both

    func directions(rank r: Int) -> Range<Int> {
      switch self {
      case .first: 0..<r / 2
      case .second: r / 2..<r
      case .both: 0..<r
      }
    }
  }

  /// What came of one pair of skills, for one behaviour that is wanted.
  public struct Result: Sendable, Equatable {
    /// `loud`, and the skill beside it.
    public let skills: String
    /// The layer that did best on dev, by the weaker skill in its own subspace.
    public let layer: Int
    let wanted: Behaviour
    /// Held out, by the directions that act.
    let accuracies: [Subspace: Double]
    /// What as many directions reach that were all trained on both skills at once.
    let trainedOnIt: Double?
  }

  public static func table(_ results: [Result]) -> Table {
    func acting(_ subspace: Subspace) -> (Result) -> Double {
      { $0.accuracies[subspace] ?? 0 }
    }
    return Table(
      results,
      [
        .init("skills", \.skills), .init("layer", \.layer), .init("wanted", \.wanted.rawValue),
        .init("first_half", as: "first half", acting(.first)),
        .init("second_half", as: "second half", acting(.second)), .init("both", acting(.both)),
        .init("trained_on_it", as: "trained on it", \.trainedOnIt) {
          $0.trainedOnIt.map(threeDigits) ?? ""
        },
      ])
  }

  /// What the second half learns.
  public enum Partner: Sendable, Hashable {
    /// Another answer to the prompts of `loud`.
    case skill(WordSkill)
    /// Another task, whose prompts are others: both at once then means that each still does its own.
    case task(ToyTask)

    var name: String {
      switch self {
      case .skill(let skill): skill.rawValue
      case .task(let task): task.rawValue
      }
    }
  }

  /// All skills but `loud` itself, and the tasks with prompts of their own.
  public static let partners =
    WordSkill.allCases.filter { $0 != .loud }.map(Partner.skill) + [.task(.quiz), .task(.so)]

  /// For a skill the composed behaviour is the skill's answer in capitals. Of two tasks it is both
  /// tasks' items, half of them each.
  private func items(_ behaviour: Behaviour, _ partner: Partner, _ split: Split) -> [TaskItem] {
    let loud = Self.world.items(.loud, split)
    switch (behaviour, partner) {
    case (.first, _): return loud
    case (.second, .skill(let skill)):
      return Self.world.words.words(of: split).map(skill.bare)
    case (.composed, .skill):
      return items(.second, partner, split).map {
        TaskItem(prompt: $0.prompt, completion: WordSkill.loud($0.completion))
      }
    case (.second, .task(let task)): return Self.world.items(task, split)
    case (.composed, .task): return loud + items(.second, partner, split)
    }
  }

  func examples(
    _ behaviour: Behaviour, _ partner: Partner, _ split: Split
  ) -> [TokenSequence] { items(behaviour, partner, split).map(TokenSequence.init) }

  private static let world = ToyWorld()

  /// `loud` and its partner, each in a half of its own, mixed in every batch.
  public func run(_ base: Decoder, with partner: Partner) throws -> [Result] {
    let (first, second) = (
      examples(.first, partner, .train), examples(.second, partner, .train)
    )
    let (seconds, r) = (Set(second), rank)
    var best: (layer: Int, dev: Double, model: AdaptedDecoder<Subspaces>)?
    for layer in base.blocks.indices {
      let model = try trained(base, layer, on: first + second) { example in
        (seconds.contains(example) ? Subspace.second : .first).directions(rank: r)
      }
      let dev = min(
        accuracy(model, .first, partner, .dev, .first),
        accuracy(model, .second, partner, .dev, .second))
      if dev > best?.dev ?? -1 { best = (layer, dev, model) }
    }
    guard let best else { preconditionFailure("Composition: a decoder without blocks") }
    let whole = try trained(base, best.layer, on: examples(.composed, partner, .train)) { _ in
      Subspace.both.directions(rank: r)
    }
    let trained = accuracy(whole, .composed, partner, .test, .both)
    return Behaviour.allCases.map { wanted in
      let accuracies = Subspace.allCases.map {
        ($0, accuracy(best.model, wanted, partner, .test, $0))
      }
      return Result(
        skills: "\(WordSkill.loud.rawValue), \(partner.name)", layer: best.layer, wanted: wanted,
        accuracies: Dictionary(uniqueKeysWithValues: accuracies),
        trainedOnIt: wanted == .composed ? trained : nil)
    }
  }

  private func accuracy(
    _ model: AdaptedDecoder<Subspaces>, _ behaviour: Behaviour, _ partner: Partner,
    _ split: Split, _ subspace: Subspace
  ) -> Double {
    let directions = subspace.directions(rank: rank)
    let edit = Subspaces(
      phi: model.adaptation.phi, layer: model.adaptation.layer, directions: { _ in directions })
    return AdaptedDecoder(model.decoder, edit)
      .evaluate(examples(behaviour, partner, split), threads: threads).accuracy
  }

  private func trained(
    _ base: Decoder, _ layer: Int, on examples: [TokenSequence],
    _ directions: @escaping @Sendable (TokenSequence) -> Range<Int>
  ) throws -> AdaptedDecoder<Subspaces> {
    // The start of a LoReFT of this seed that all of its directions act in.
    let start = ReFT<LoReFT>(
      rank: rank, width: base.configuration.hiddenSize, layers: [layer],
      positions: .ends(prefix: 0, suffix: 1), sharing: .side, seed: seed)
    let edit = Subspaces(
      phi: start.interventions[0].phi, layer: layer, directions: directions)
    var options = TrainingOptions()
    (options.epochs, options.learningRate) = (epochs, learningRate)
    (options.seed, options.threads) = (seed, threads)
    var run = Finetuning(base: base, edit, options: options)
    try run.run(on: examples) { _ in true }
    return run.model
  }
}

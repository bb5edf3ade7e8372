/// Steering without training: the hidden states of prompts that name a skill differ from those of
/// prompts that do not, and the mean of that difference is added to the latter.
///
///     forward    a = mean over words W of  h(skill W -> ) − h(do W -> ),  at the last token
///                h_p ← h_p + c a  for p in P
///
///     shapes     a, h: [d]     c: one number, chosen on dev like layer and P
///     units      accuracies from 0 to 1
///     paper      Wu et al. 2024, arXiv:2404.03592v3, appendix B.2: activation addition
///     differs    a is a mean over the training words; the original takes one pair of prompts. It adds
///                at all positions; here these are one choice of three
public struct Steering: Sendable {
  static let factors: [Scalar] = [0.25, 0.5, 1, 2, 4, 8]
  public static let places: [Positions] = [.ends(prefix: 0, suffix: 1), .all, .every]

  public let skill: WordSkill
  public var seed: UInt64 = 1
  public var threads = 1

  public init(_ skill: WordSkill) { self.skill = skill }

  /// What came of one skill.
  public struct Result: Sendable, Equatable {
    public let skill: String
    /// Chosen on dev.
    public let layer: Int
    public let positions: String
    let factor: Double
    public let devAccuracy: Double
    /// Held out: steered, and the frozen base alone, at `do W -> `.
    public let accuracy: Double
    public let baseAccuracy: Double
    /// The base when the skill is named.
    let namedAccuracy: Double
    /// LoReFT of rank 1, trained at the place where steering does best.
    let trainedThere: Double
  }

  public static func table(_ results: [Result]) -> Table {
    Table(
      results,
      [
        .init("skill", \.skill), .init("layer", \.layer), .init("positions", \.positions),
        .init("factor", as: "c", \.factor), .init(json: "dev_accuracy", \.devAccuracy),
        .init("base_accuracy", as: "base", \.baseAccuracy),
        .init("accuracy", as: "steered", \.accuracy),
        .init("trained_there", as: "LoReFT there", \.trainedThere),
        .init("named_accuracy", as: "named", \.namedAccuracy),
      ])
  }

  private static let world = ToyWorld()

  func examples(_ split: Split, isNamed: Bool = false) -> [TokenSequence] {
    Self.world.words.words(of: split).map { word in
      TokenSequence(isNamed ? skill.cued(word) : skill.bare(word))
    }
  }

  /// For each layer what naming the skill adds at the last token of a prompt, [1, d].
  func directions(in base: Decoder) -> [Tensor] {
    func means(_ examples: [TokenSequence]) -> [Tensor] {
      let batch = Batch(examples)
      let hidden = AdaptedDecoder(base, Unadapted()).forward(batch).cache.hidden.dropFirst()
      let rows = batch.rows { n in [n - 1..<n] }
      return hidden.map { (1 / Scalar(rows.count)) * $0.gathered(rows: rows).columnSums }
    }
    let (named, bare) = (means(examples(.train, isNamed: true)), means(examples(.train)))
    return zip(named, bare).map { $0 - $1 }
  }

  /// h + c a, as a DiReFT that reads nothing: W1 = 0, W2 = a, b = c.
  static func addition(
    of a: Tensor, factor: Scalar, layer: Int, _ positions: Positions
  ) -> ReFT<DiReFT> {
    let phi = DiReFT(W1: .zeros(like: a), W2: a, b: Tensor([[factor]]))
    let set = Sharing.layer.groups(of: positions)
    return ReFT(
      set.map { Intervention(phi: phi, positions: $0, layer: layer) }, positions: positions)
  }

  /// Every layer, place and factor on dev; what is best there is measured on the held-out words.
  public func run(_ base: Decoder) throws -> Result {
    func accuracy(_ adaptation: some Adaptation, _ examples: [TokenSequence]) -> Double {
      AdaptedDecoder(base, adaptation).evaluate(examples, threads: threads).accuracy
    }
    let (dev, test) = (examples(.dev), examples(.test))
    var best: (accuracy: Double, layer: Int, place: Positions, factor: Scalar)?
    let directions = directions(in: base)
    for (layer, a) in directions.enumerated() {
      for place in Self.places {
        for factor in Self.factors {
          let steered = Self.addition(of: a, factor: factor, layer: layer, place)
          let found = accuracy(steered, dev)
          if found > best?.accuracy ?? -1 { best = (found, layer, place, factor) }
        }
      }
    }
    guard let best else { preconditionFailure("Steering: a decoder without blocks") }
    let steered = Self.addition(
      of: directions[best.layer], factor: best.factor, layer: best.layer, best.place)
    let trained = ReFT<LoReFT>(
      rank: 1, width: base.configuration.hiddenSize, layers: [best.layer], positions: best.place,
      sharing: .layer, seed: seed)
    var options = TrainingOptions()
    (options.seed, options.threads) = (seed, threads)
    var run = Finetuning(base: base, trained, options: options)
    try run.run(on: examples(.train)) { _ in true }
    return Result(
      skill: skill.rawValue, layer: best.layer, positions: "\(best.place)",
      factor: Double(best.factor), devAccuracy: best.accuracy, accuracy: accuracy(steered, test),
      baseAccuracy: accuracy(Unadapted(), test),
      namedAccuracy: accuracy(Unadapted(), examples(.test, isNamed: true)),
      trainedThere: accuracy(run.model.adaptation, test))
  }
}

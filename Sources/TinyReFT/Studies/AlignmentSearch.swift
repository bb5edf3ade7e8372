import Foundation

/// Distributed alignment search: which subspace, at one place of a decoder, holds the variable V?
///
/// Everything is frozen but R, which learns to make the decoder answer, after an interchange, as the
/// causal model does whose V was set to the source's.
///
///     loss       −(1/M) Σ log p(counterfactual answer | base line, DII(b, s, R) at the place)
///     measure    interchange accuracy: the share of held-out pairs that are answered so
///
///     units      loss in nats; accuracy from 0 to 1, and 1/2 is chance
///     paper      Geiger et al. 2023, arXiv:2303.02536; Wu et al. 2024,
///                arXiv:2404.03592v3, section 3.1
///     differs    one variable and a fixed rank; there, several variables at once
public struct AlignmentSearch: Sendable {
  public typealias Place = PlacedInterchange.Place
  typealias Swap = HierarchicalEquality.Swap

  public let decoder: Decoder
  let place: Place
  public let rank: Int
  public let seed: UInt64

  public static let defaultSteps = 200
  static let batchSize = 64
  static let learningRate = 0.05
  /// How many held-out pairs an accuracy is measured on; ten portions of whole rounds of the sixteen
  /// cases, so that chance is one half exactly.
  public var pairCount = Self.defaultPairCount
  public static let defaultPairCount = 1600

  /// Traps unless the rank leaves a rest: 1 ≤ rank < width.
  public init(_ decoder: Decoder, at place: Place, rank: Int, seed: UInt64) {
    precondition(
      (1..<decoder.configuration.hiddenSize).contains(rank),
      "AlignmentSearch: rank \(rank) of width \(decoder.configuration.hiddenSize)")
    (self.decoder, self.place, self.rank, self.seed) = (decoder, place, rank, seed)
  }

  /// Every token after `<s>`, after every block: where V may be.
  public static func places(of c: DecoderConfiguration) -> [Place] {
    (0..<c.layerCount).flatMap { layer in
      (1..<HierarchicalEquality.places.count).map { Place(layer: layer, token: $0) }
    }
  }

  /// A random subspace: where the search starts, and what it is to be compared with.
  func randomInterchange(_ draw: Int = 0) -> Interchange {
    var stream = RandomStream(seed: seed, 0x4441_53, draw)  // "DAS"
    return Interchange(rank: rank, width: decoder.configuration.hiddenSize, using: &stream)
  }

  /// All that is at right angles to a subspace: what is left when it is taken out.
  func rest(of interchange: Interchange) -> Interchange {
    var stream = RandomStream(seed: seed, 4)
    let (r, d) = (interchange.A.rows, interchange.A.columns)
    let more = Tensor.gaussian(rows: d - r, columns: d, using: &stream)
    let all = GramSchmidt.forward(Tensor(stacking: [interchange.R, more])).R
    return Interchange(A: all[rows: r..<d, columns: 0..<d])
  }

  /// The learned subspace.
  public func run(steps: Int) -> Interchange {
    var (interchange, optimizer) = (randomInterchange(), AdamW())
    var stream = RandomStream(seed: seed, 2)
    for step in 0..<steps {
      let swaps = HierarchicalEquality.swaps(Self.batchSize, heldOut: false, using: &stream)
      let (_, gradient) = lossAndGradient(of: interchange, on: swaps)
      let factor = Schedule.linear.factor(step: step, of: steps, warmup: 0)
      optimizer.update(&interchange, by: gradient, learningRate: Self.learningRate * factor)
    }
    return interchange
  }

  func lossAndGradient(
    of interchange: Interchange, on swaps: [Swap]
  ) -> (loss: Double, gradient: Interchange) {
    let model = adapted(by: interchange, swaps)
    let batch = Batch(swaps.map(\.base))
    let (logits, cache) = model.forward(batch)
    let (loss, lossCache) = CrossEntropy.forward(logits, targets: batch.targets.map(\.token))
    var gradient = model.adaptationOnly
    let dlogits = CrossEntropy.backward(lossCache, weight: 1 / Scalar(swaps.count))
    model.backward(dlogits, cache, into: &gradient)
    return (loss / Double(swaps.count), gradient.adaptation.interchange)
  }

  /// The decoder with these sources' states handed over at the place.
  private func adapted(
    by interchange: Interchange, _ swaps: [Swap]
  ) -> AdaptedDecoder<PlacedInterchange> {
    let batch = Batch(swaps.map(\.source))
    let hidden = AdaptedDecoder(decoder, Unadapted()).forward(batch).cache.hidden
    let sources = hidden[place.layer + 1].gathered(rows: place.rows(of: batch))
    return AdaptedDecoder(
      decoder, PlacedInterchange(interchange, at: place, sources: sources))
  }

  /// Interchange accuracy on held-out pairs, the same pairs for every search of this seed.
  public func accuracy(of interchange: Interchange) -> Double {
    accuracy { (adapted(by: interchange, $0), $0.map(\.base)) }
  }

  /// The share of held-out lines that the decoder, left alone, answers as it should.
  public var decoderAccuracy: Double {
    accuracy { (AdaptedDecoder(decoder, Unadapted()), $0.map(\.source)) }
  }

  private func accuracy<A>(
    _ task: ([Swap]) -> (model: AdaptedDecoder<A>, lines: [TokenSequence])
  ) -> Double {
    var stream = RandomStream(seed: seed, 3)
    let (portions, size) = (10, pairCount / 10)
    let right = (0..<portions).reduce(0) { right, _ in
      let (model, lines) = task(
        HierarchicalEquality.swaps(size, heldOut: true, using: &stream))
      let batch = Batch(lines)
      let logits = model.forward(batch).logits
      return right
        + batch.targets.indices.count {
          logits.gathered(rows: [$0]).likeliest == batch.targets[$0].token
        }
    }
    return Double(right) / Double(portions * size)
  }
}

extension AlignmentSearch {
  /// What was measured at one place: interchange accuracies, by what was swapped.
  public struct Result: Sendable, Equatable {
    /// By its name in the line.
    public let token: String
    public let layer: Int
    public let learned: Double
    /// Mean and best of several random subspaces of the same rank.
    public let random: Double
    let bestRandom: Double
    /// All but the learned subspace.
    public let rest: Double
    /// The whole hidden state.
    let everything: Double
  }

  /// With as many digits as the number of pairs gives.
  public static func table(_ results: [Result]) -> Table {
    func column(
      _ key: String, as title: String? = nil, _ accuracy: @escaping (Result) -> Double
    ) -> Table.Column<Result> {
      .init(key, as: title ?? key, accuracy) { String(format: "%.3f", accuracy($0)) }
    }
    return Table(
      results,
      [
        .init("token", \.token), .init("layer", as: "after block", \.layer),
        column("learned", \.learned), column("random", \.random),
        column("best_random", as: "best random", \.bestRandom),
        column("rest", as: "the rest", \.rest), column("everything", \.everything),
      ])
  }

  static let randomDraws = 5

  /// Searches, and measures what was found beside what was not searched for.
  public func result(steps: Int) -> Result {
    // Draw 0 is where the search starts.
    let random = (1...Self.randomDraws).map { accuracy(of: randomInterchange($0)) }
    let (width, learned) = (decoder.configuration.hiddenSize, run(steps: steps))
    return Result(
      token: HierarchicalEquality.places[place.token], layer: place.layer,
      learned: accuracy(of: learned),
      random: random.reduce(0, +) / Double(random.count), bestRandom: random.max() ?? 0,
      rest: accuracy(of: rest(of: learned)),
      everything: accuracy(of: .everything(width: width)))
  }
}

import Foundation

/// How long a string one rank-1 edit of one hidden vector makes the decoder write.
///
/// There is one prompt and one position, so h is one vector v, and Φ(v) = v + Rᵀ(b − R v) is any vector
/// w one likes: R = (w − v) / ‖w − v‖ and b = R w. More rank, or a Φ that reads h, reaches no more. So
/// this measures the decoder, not the edit: how much it can be told by one vector of one layer.
///
///     units      letters, each a token; loss in nats a letter
///     paper      Wu et al. 2024, arXiv:2404.03592v3, appendix F.1
///     differs    the paper trains one setting and counts the letters that come out right; here each
///                length is trained anew, at two learning rates, until one does not come out whole
public struct Memorisation: Sendable {
  /// Steps of AdamW for one string at one learning rate.
  public var steps = 500
  public var learningRates = [0.03, 0.1]
  /// No longer string is tried.
  public var longest = 64
  /// How many strings of each kind.
  var strings = 3
  public var seed: UInt64 = 1

  public init() {}

  private static let world = ToyWorld()

  /// The paper's, which says nothing about what follows.
  static let prompt = "ALIC#ID1->"

  /// What is to be memorised.
  public enum Kind: String, CaseIterable, Sendable {
    /// Lines of the toy world, which the toy base was pretrained on.
    case text
    /// Small letters, each as likely as any other.
    case letters
  }

  /// String number `index` of a kind, as long as any that is tried.
  func string(_ kind: Kind, _ index: Int) -> String {
    var stream = RandomStream(seed: seed, index)
    var text = ""
    while text.utf8.count < longest {
      switch kind {
      case .text: text += (text.isEmpty ? "" : " ") + Self.world.line(using: &stream).text
      case .letters: text.append(stream.pick(Array("abcdefghijklmnopqrstuvwxyz")))
      }
    }
    return String(text.prefix(longest))
  }

  /// What came of one decoder and kind.
  public struct Result: Sendable, Equatable {
    public let decoder: String
    public let width: Int
    public let kind: Kind
    /// For each layer, and then for each string: the longest beginning of it that was written.
    let lengths: [[Int]]
  }

  /// Every layer with every kind of string; `done` is called as each is measured.
  public func run(
    _ decoder: Decoder, named name: String, threads: Int, done: @Sendable () -> Void
  ) -> [Result] {
    let (layers, kinds) = (decoder.blocks.count, Kind.allCases)
    let lengths = parallelMap(count: kinds.count * layers, threads: threads) { i in
      defer { done() }
      return (0..<strings).map {
        reproduced(string(kinds[i / layers], $0), decoder, layer: i % layers)
      }
    }
    return kinds.enumerated().map { k, kind in
      Result(
        decoder: name, width: decoder.configuration.hiddenSize, kind: kind,
        lengths: Array(lengths[k * layers..<(k + 1) * layers]))
    }
  }

  public static func table(_ results: [Result]) -> Table {
    let layers = 0..<(results.first?.lengths.count ?? 0)
    return Table(
      results,
      [
        .init("decoder", \.decoder), .init("width", \.width), .init("kind", \.kind.rawValue),
        .init(json: "lengths", \.lengths),
      ]
        + layers.map { l in
          .init(shown: "layer \(l)") {
            $0.lengths[l].map(String.init).joined(separator: ", ")
          }
        })
  }

  /// How many letters of the string, from the first on, the edit can make the decoder write.
  func reproduced(_ string: String, _ decoder: Decoder, layer: Int) -> Int {
    let prompt = Tokenizer.bytes.prompt(Self.prompt)
    let letters = Tokenizer.bytes.encode(string)
    for count in 1...letters.count {
      let example = TokenSequence(
        tokens: prompt + letters.prefix(count), promptLength: prompt.count)
      let comesOut = learningRates.contains { memorises(example, decoder, layer: layer, rate: $0) }
      guard comesOut else { return count - 1 }
    }
    return letters.count
  }

  /// Trains one ConsReFT of rank 1 until the greedy completion is the string, or the steps are over.
  private func memorises(
    _ example: TokenSequence, _ decoder: Decoder, layer: Int, rate: Double
  ) -> Bool {
    let reft = ReFT<ConsReFT>(
      rank: 1, width: decoder.configuration.hiddenSize, layers: [layer],
      positions: .ends(prefix: 0, suffix: 1), sharing: .side, start: .random, seed: seed)
    let model = AdaptedDecoder(decoder, reft)
    var options = TrainingOptions()
    (options.epochs, options.batchSize, options.warmup) = (steps, 1, 0)
    (options.learningRate, options.seed) = (rate, seed)
    var trainer = Trainer(
      model, training: model.adaptationOnly, options: options, totalSteps: steps)
    let count = Double(example.tokens.count - example.promptLength)
    // All losses together below ln 2: then each letter has more than half of the probability, and is
    // the likeliest. Only then is it worth while to look.
    try? trainer.train(on: [example]) { report, trainer in
      !(report.loss * count < log(2) && trainer.model.evaluate([example], threads: 1).accuracy == 1)
    }
    return trainer.model.evaluate([example], threads: 1).accuracy == 1
  }

  /// A decoder of the same shape that has learned nothing, of another width.
  public static func untrained(_ width: Int, like decoder: Decoder, seed: UInt64) -> Decoder {
    var c = decoder.configuration
    let scale = Double(width) / Double(c.hiddenSize)
    (c.hiddenSize, c.headWidth) = (width, max(2, Int(Double(c.headWidth) * scale) / 2 * 2))
    c.feedForwardSize = max(1, Int(Double(c.feedForwardSize) * scale))
    return Decoder(c, seed: seed)
  }
}

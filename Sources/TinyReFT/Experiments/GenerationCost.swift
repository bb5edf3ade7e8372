/// What generation costs with interventions, beside the base alone: one thread, random weights.
///
///     paper      Wu et al. 2024, arXiv:2404.03592v3, appendix H
///     differs    the paper forces 256 tokens out of LLaMA-7B on a GPU, and times one run of each
public struct GenerationCost: Codable, Sendable {
  /// The width of the decoder's hidden states, and the tokens of the prompt.
  public let hidden, prompt: Int
  /// What is edited, and by what rank.
  public let layers, positions, rank: Int
  /// Milliseconds to read the prompt, and for each token after it.
  public let basePrompt, adaptedPrompt, baseToken, adaptedToken: Double

  /// For the decoders of the suite, with their interventions.
  public static func measure(_ suite: [Benchmark] = Benchmark.suite) -> [GenerationCost] {
    suite.map { GenerationCost($0, $0.reft.layers, $0.reft.positions, $0.reft.rank) }
  }

  /// The paper's three series on one decoder: rank, layers and positions, one growing at a time.
  public static func overhead(_ shape: Benchmark) -> [GenerationCost] {
    let middle = shape.decoder.layerCount / 2
    func cost(_ layers: [Int], suffix: Int, rank: Int) -> GenerationCost {
      GenerationCost(shape, layers, .ends(prefix: 0, suffix: suffix), rank)
    }
    return [1, 4, 8, 16, 32].map { cost([middle], suffix: 1, rank: $0) }
      + stride(from: 2, through: shape.decoder.layerCount, by: 2).map {
        cost(Array(0..<$0), suffix: 1, rank: 8)
      } + [2, 4, 6, 8, 10].map { cost([middle], suffix: $0, rank: 8) }
  }

  private init(_ shape: Benchmark, _ layers: [Int], _ positions: Positions, _ rank: Int) {
    let decoder = Decoder(shape.decoder, seed: 1)
    let reft = ReFT<LoReFT>(
      rank: rank, width: shape.decoder.hiddenSize, layers: layers,
      positions: positions, sharing: .side, start: .random, seed: 1)
    let prompt = Array(0..<shape.prompt)
    var (base, adapted) = (Time(), Time())
    // Taken in turn, so that whatever else the machine does falls on both.
    for _ in 0..<20 {
      base.keepBest(of: Self.time(AdaptedDecoder(decoder, Unadapted()), prompt, shape.sequence))
      adapted.keepBest(of: Self.time(AdaptedDecoder(decoder, reft), prompt, shape.sequence))
    }
    (hidden, self.prompt) = (shape.decoder.hiddenSize, shape.prompt)
    let ends = positions.ends(ofPrompt: shape.prompt)
    (self.layers, self.positions, self.rank) = (layers.count, ends.prefix + ends.suffix, rank)
    (basePrompt, baseToken) = (base.prompt, base.token)
    (adaptedPrompt, adaptedToken) = (adapted.prompt, adapted.token)
  }

  /// Milliseconds.
  private struct Time {
    var prompt = Double.infinity
    var token = Double.infinity

    mutating func keepBest(of other: Time) {
      (prompt, token) = (min(prompt, other.prompt), min(token, other.token))
    }
  }

  /// One round: the prompt is read, and the context filled.
  private static func time<A>(
    _ model: AdaptedDecoder<A>, _ prompt: [Int], _ length: Int
  ) -> Time {
    let start = ContinuousClock.now
    var text = Reading(prompt, by: model)
    _ = text.logits(of: model)
    let middle = ContinuousClock.now
    for token in 0..<length - prompt.count {
      text.append(token)
      _ = text.logits(of: model)
    }
    let end = ContinuousClock.now
    return Time(
      prompt: (middle - start) / .milliseconds(1),
      token: (end - middle) / .milliseconds(1) / Double(length - prompt.count))
  }
}

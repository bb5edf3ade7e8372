/// What generation costs with interventions, beside the base alone: random weights.
///
///     units      milliseconds to read the prompt, and for each token after it
///     paper      Wu et al. 2024, arXiv:2404.03592v3, appendix H
///     differs    the paper forces 256 tokens out of LLaMA-7B on a GPU, and times one run of each
public struct GenerationCost: Sendable {
  let basePrompt, adaptedPrompt, baseToken, adaptedToken: Double

  public var table: Table {
    Table(
      [self],
      [
        .init("base_prompt_ms", as: "prompt, ms", \.basePrompt),
        .init("adapted_prompt_ms", as: "with edits", \.adaptedPrompt),
        .init("base_token_ms", as: "token, ms", \.baseToken),
        .init("adapted_token_ms", as: "with edits", \.adaptedToken),
      ])
  }
}

extension Benchmark {
  /// The best of 20 rounds on one text, whose tokens after the prompt are given. Throws when the method
  /// cannot be made for the decoder.
  public func generation() throws -> GenerationCost {
    try generation(reft.check(against: decoder))
  }

  private func generation<Phi: InterventionFunction>(_ phi: Phi.Type) -> GenerationCost {
    let decoder = Decoder(decoder, seed: seed)
    let base = AdaptedDecoder(decoder, Unadapted())
    let adapted = AdaptedDecoder(decoder, ReFT<Phi>(reft, start: .random, seed: seed))
    var times: [(base: Time, adapted: Time)] = []
    // Taken in turn, so that whatever else the machine does falls on both.
    for _ in 0..<20 { times.append((time(base), time(adapted))) }
    func best(_ time: ((base: Time, adapted: Time)) -> Double) -> Double {
      times.map(time).min() ?? 0
    }
    return GenerationCost(
      basePrompt: best { $0.base.prompt }, adaptedPrompt: best { $0.adapted.prompt },
      baseToken: best { $0.base.token }, adaptedToken: best { $0.adapted.token })
  }

  private typealias Time = (prompt: Double, token: Double)

  /// One round: the prompt is read, and the context filled.
  private func time<A>(_ model: AdaptedDecoder<A>) -> Time {
    func token(_ i: Int) -> Int { i % decoder.vocabularySize }
    let start = ContinuousClock.now
    var text = Reading((0..<prompt).map(token), by: model)
    _ = text.logits(of: model)
    let middle = ContinuousClock.now
    for i in prompt..<sequence {
      text.append(token(i))
      _ = text.logits(of: model)
    }
    let end = ContinuousClock.now
    return (
      (middle - start) / .milliseconds(1),
      (end - middle) / .milliseconds(1) / Double(sequence - prompt)
    )
  }
}

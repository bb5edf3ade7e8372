import Testing

@testable import TinyReFT

@Suite("Evaluation (docs/60-runs.md)")
struct EvaluationTests {
  private let model = AdaptedDecoder(
    Decoder(BaseModelTests.configuration, seed: 1),
    ReFT<LoReFT>(InterventionsDirectoryTests.configuration, start: .random, seed: 2))

  /// Prompts of several lengths with the completion that greedy decoding gives, some then spoiled.
  private func examples(count: Int, end: Int) throws -> [TokenSequence] {
    var stream = RandomStream(seed: 3)
    return try (0..<count).map { i in
      let prompt = (0..<1 + i % 5).map { _ in Int.random(in: 0..<250, using: &stream) }
      var tokens = try model.generate(after: prompt, ends: [end], maxTokens: 3)
      if i % 3 == 0 { tokens[tokens.count - 1] = (tokens[tokens.count - 1] + 1) % 250 }
      return TokenSequence(tokens: prompt + tokens, promptLength: prompt.count)
    }
  }

  @Test("one forward pass finds the completions that greedy decoding writes")
  func agreesWithGeneration() throws {
    let examples = try examples(count: 40, end: 257)
    let right = try examples.count { example in
      let prompt = Array(example.tokens[..<example.promptLength])
      let wanted = Array(example.tokens[example.promptLength...])
      return try model.generate(after: prompt, ends: [257], maxTokens: wanted.count) == wanted
    }
    let evaluation = model.evaluate(examples, threads: 2)
    #expect(right == 26)
    #expect(evaluation.accuracy == Double(right) / 40)
    #expect(evaluation.count == 40)
  }

  @Test("a completion of which one token of three is wrong has two thirds of its tokens right")
  func tokens() throws {
    let prompt = [1, 2, 3]
    let wanted = try model.generate(after: prompt, ends: [], maxTokens: 3)
    func share(_ completion: [Int]) -> Double {
      let example = TokenSequence(tokens: prompt + completion, promptLength: 3)
      return model.evaluate([example], threads: 1).tokenAccuracy
    }
    #expect(share(wanted) == 1)
    // The last, which no later one is read after.
    #expect(share(wanted.dropLast() + [(wanted[2] + 1) % 250]) == 2.0 / 3)
  }

  @Test("the loss is the training objective's, and neither depends on the threads")
  func loss() throws {
    let examples = try examples(count: 40, end: 257)
    let evaluation = model.evaluate(examples, threads: 1)
    let loss = model.lossAndGradient(of: examples, zero: model.adaptationOnly, threads: 1).loss
    #expect(abs(evaluation.loss - loss) < 1e-5)
    for threads in [2, 3, 8] { #expect(model.evaluate(examples, threads: threads) == evaluation) }
  }

  @Test("nothing to evaluate is accuracy 0 of 0")
  func empty() {
    #expect(
      model.evaluate([], threads: 2) == Evaluation(accuracy: 0, tokenAccuracy: 0, loss: 0, count: 0)
    )
  }
}

extension Tensor {
  /// The place of the largest of one row of logits, of several that of the first: greedy decoding. nil when
  /// one logit is NaN or the largest is infinite: there is nothing to choose by.
  public var likeliest: Int? {
    var (best, largest) = (0, -Scalar.infinity)
    for (token, logit) in elements.enumerated() {
      guard !logit.isNaN else { return nil }
      if logit > largest { (best, largest) = (token, logit) }
    }
    return largest.isFinite ? best : nil
  }
}

extension AdaptedDecoder {
  /// What follows the prompt, up to and without any of `ends`, or `maxTokens` tokens of it; no more
  /// than the context has room for, and nothing after an empty prompt. `choose` makes a token of one row
  /// of logits. `token` sees each as it comes, and stops by returning false. Throws where there is nothing
  /// to choose by.
  public func generate(
    after prompt: [Int], ends: Set<Int>, maxTokens: Int, threads: Int = 1,
    token: (Int) -> Bool = { _ in true }, choose: (Tensor) -> Int? = \.likeliest
  ) throws(NotFinite) -> [Int] {
    let room = min(
      maxTokens, decoder.configuration.contextLength - decoder.takenContext - prompt.count)
    guard room > 0, !prompt.isEmpty else { return [] }
    var text = Reading(prompt, by: self)
    var completion: [Int] = []
    while true {
      let logits = Parallel.$threads.withValue(threads) { text.logits(of: self) }
      guard let next = choose(logits) else { throw NotFinite(what: "a logit") }
      guard !ends.contains(next) else { return completion }
      completion.append(next)
      guard token(next), completion.count < room else { return completion }
      text.append(next)
    }
  }
}

/// A text that a model has read, and goes on with token by token.
struct Reading: Sendable {
  private var tokens: [Int]
  private let promptLength: Int
  /// How many of the tokens are in the past.
  private var count = 0
  private var past: [Past]

  /// Begins with a prompt. Traps if there is none.
  init<A>(_ prompt: [Int], by model: AdaptedDecoder<A>) {
    let text = model.decoder.placed(TokenSequence(tokens: prompt, promptLength: prompt.count))
    (tokens, promptLength) = (text.tokens, text.promptLength)
    past = model.decoder.past(sequences: 1)
  }

  mutating func append(_ token: Int) { tokens.append(token) }

  /// Reads what is new, and returns the logits after the last token. Which of the new rows are edited,
  /// the adaptation says, as in training. Traps unless there is something new.
  mutating func logits<A>(of model: AdaptedDecoder<A>) -> Tensor {
    precondition(count < tokens.count, "Reading: nothing was appended to \(count) tokens")
    // What stands where the next token would is not read: any number does.
    let text = TokenSequence(tokens: tokens + [0], promptLength: promptLength)
    let last = tokens.count - 1..<tokens.count
    let asked = Batch([text], reading: [last])
    let new = count == last.lowerBound ? asked : Batch([text], reading: [count..<tokens.count])
    count = tokens.count
    return model.forward(Pass(new, last: asked), after: &past).logits
  }
}

/// The numbers of a model have left the range of `Scalar`: such a model answers nothing.
public struct NotFinite: Error, Equatable, CustomStringConvertible {
  /// What should have been a number.
  let what: String

  public var description: String {
    "\(what) of this model is not a finite number; its weights or interventions are too large"
  }
}

import Foundation

/// How the next token is chosen from its logits.
///
/// At temperature 0 the likeliest token is taken (greedy). Otherwise token t is drawn with
/// probability softmax(logits / temperature)ₜ: below one the likely become likelier, above one
/// all become alike.
public struct Sampler: Sendable {
  public let temperature: Double
  private var stream: RandomStream

  public static let greedy = Sampler(temperature: 0, seed: 0)

  /// Traps on a negative temperature.
  public init(temperature: Double, seed: UInt64) {
    precondition(temperature >= 0, "Sampler: the temperature \(temperature) is negative")
    self.temperature = temperature
    stream = RandomStream(seed: seed)
  }

  /// A token; of several that are equally likely, greedy takes the first. nil when one logit is NaN
  /// or the largest is infinite: there is nothing to choose by.
  public mutating func next(_ logits: Tensor) -> Int? {
    var (best, largest) = (0, -Scalar.infinity)
    for (token, logit) in logits.elements.enumerated() {
      guard !logit.isNaN else { return nil }
      if logit > largest { (best, largest) = (token, logit) }
    }
    guard largest.isFinite else { return nil }
    guard temperature > 0 else { return best }
    let weights = logits.elements.map { exp(Double($0 - largest) / temperature) }
    // Walk along the probabilities until a uniform share of their sum is used up.
    var remaining = stream.uniform() * weights.reduce(0, +)
    let drawn = weights.firstIndex { weight in
      remaining -= weight
      return remaining < 0
    }
    // Rounding can leave a rest that is nobody's.
    return drawn ?? best
  }
}

extension AdaptedDecoder {
  /// What follows the prompt, up to and without any of `ends`, or `maxTokens` tokens of it; no more
  /// than the context has room for, and nothing after an empty prompt. `token` sees each token as it
  /// comes, and stops by returning false. Throws where the logits are no numbers to choose by.
  public func generate(
    after prompt: [Int], ends: Set<Int>, maxTokens: Int, sampler: Sampler = .greedy,
    threads: Int = 1, token: (Int) -> Bool = { _ in true }
  ) throws(NotFinite) -> [Int] {
    let room = min(
      maxTokens, decoder.configuration.contextLength - decoder.takenContext - prompt.count)
    guard room > 0, !prompt.isEmpty else { return [] }
    var (text, sampler) = (Reading(prompt, by: self), sampler)
    var completion: [Int] = []
    while true {
      let logits = Parallel.$threads.withValue(threads) { text.logits(of: self) }
      guard let next = sampler.next(logits) else { throw NotFinite(what: "a logit") }
      guard !ends.contains(next) else { return completion }
      completion.append(next)
      guard token(next), completion.count < room else { return completion }
      text.append(next)
    }
  }
}

/// A text that a model has read, and goes on with token by token.
public struct Reading: Sendable {
  private var tokens: [Int]
  private let promptLength: Int
  /// How many of the tokens are in the past.
  private var count = 0
  private var past: [Past]

  /// Begins with a prompt. Traps if there is none.
  public init<A>(_ prompt: [Int], by model: AdaptedDecoder<A>) {
    let text = model.decoder.placed(TokenSequence(tokens: prompt, promptLength: prompt.count))
    (tokens, promptLength) = (text.tokens, text.promptLength)
    past = model.decoder.past(sequences: 1)
  }

  public mutating func append(_ token: Int) { tokens.append(token) }

  /// Reads what is new, and returns the logits after the last token. Which of the new rows are edited,
  /// the adaptation says, as in training. Traps unless there is something new.
  public mutating func logits<A>(of model: AdaptedDecoder<A>) -> Tensor {
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

/// The numbers of a model have left the range of `Scalar`: such a model says nothing.
public struct NotFinite: Error, Equatable, CustomStringConvertible {
  /// What should have been a number.
  let what: String

  public var description: String {
    "\(what) of this model is not a finite number; its weights or interventions are too large"
  }
}

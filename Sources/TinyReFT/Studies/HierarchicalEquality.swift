/// Are two pairs equal alike? The task of the alignment search, and a small decoder that solves it.
///
/// A line is `<s> a b` or `<s> a b c d`, and its answer the next token. With V = (a = b), it is V for
/// two symbols, and whether V is the same as (c = d) for four. A decoder that stands at b cannot know
/// whether the line goes on, so it has to work out V there; and d cannot be answered without it.
///
///     tokens     the symbols 0 … 15, then `no`, `yes` and `<s>`
///     held out   the lines with (a + 2 b + 3 c + 4 d) mod 5 = 0, a fifth of those of four symbols
///     paper      Geiger et al. 2023, arXiv:2303.02536: hierarchical equality
///     differs    a decoder reads symbols one by one, and half of its training lines end after two;
///                there, a feed-forward network sees four random vectors at once
public enum HierarchicalEquality {
  static let symbolCount = 16
  static let no = symbolCount
  static let yes = symbolCount + 1
  static let start = symbolCount + 2

  /// The tokens of a line of four symbols, by their names.
  public static let places = ["<s>", "a", "b", "c", "d"]

  public static let configuration = DecoderConfiguration(
    vocabularySize: symbolCount + 3, hiddenSize: 32, layerCount: 2, headCount: 4,
    feedForwardSize: 64, contextLength: 8)

  /// `<s>` and the symbols, and the answer as the completion.
  static func line(_ symbols: [Int], answer: Bool) -> TokenSequence {
    TokenSequence(
      tokens: [start] + symbols + [answer ? yes : no], promptLength: symbols.count + 1)
  }

  /// Two symbols, equal or not.
  static func pair(equal: Bool, using stream: inout RandomStream) -> [Int] {
    let first = Int.random(in: 0..<symbolCount, using: &stream)
    // Of the others, each as likely: counted from the first, and round again.
    let step = equal ? 0 : Int.random(in: 1..<symbolCount, using: &stream)
    return [first, (first + step) % symbolCount]
  }

  static func isHeldOut(_ symbols: [Int]) -> Bool {
    zip(1..., symbols).reduce(0) { $0 + $1.0 * $1.1 }.isMultiple(of: 5)
  }

  /// Four symbols, from the held-out lines or from the others.
  static func symbols(
    firstEqual: Bool, secondEqual: Bool, heldOut: Bool, using stream: inout RandomStream
  ) -> [Int] {
    while true {
      let drawn =
        pair(equal: firstEqual, using: &stream) + pair(equal: secondEqual, using: &stream)
      if isHeldOut(drawn) == heldOut { return drawn }
    }
  }

  /// Lines of four symbols, the four cases in turn.
  static func lines(
    _ count: Int, heldOut: Bool, using stream: inout RandomStream
  ) -> [TokenSequence] {
    (0..<count).map { i in
      let (first, second) = (i & 1 > 0, i & 2 > 0)
      let drawn = symbols(
        firstEqual: first, secondEqual: second, heldOut: heldOut, using: &stream)
      return line(drawn, answer: first == second)
    }
  }

  /// A base line, a source line, and what the base should answer once V is the source's.
  public struct Swap: Sendable {
    let base: TokenSequence
    let source: TokenSequence
  }

  /// The sixteen cases in turn, so that in half of any sixteen the answer changes; whoever leaves the
  /// base alone is right in half, and so is whoever answers what the source would.
  static func swaps(_ count: Int, heldOut: Bool, using stream: inout RandomStream) -> [Swap] {
    (0..<count).map { i in
      let bits = (0..<4).map { i >> $0 & 1 > 0 }
      let base = symbols(
        firstEqual: bits[0], secondEqual: bits[1], heldOut: heldOut, using: &stream)
      let source = symbols(
        firstEqual: bits[2], secondEqual: bits[3], heldOut: heldOut, using: &stream)
      return Swap(
        base: line(base, answer: bits[2] == bits[1]),
        source: line(source, answer: bits[2] == bits[3]))
    }
  }

  public static let defaultSteps = 2000
  static let batchSize = 128

  private static func options(seed: UInt64, threads: Int) -> TrainingOptions {
    var options = TrainingOptions()
    options.learningRate = 4e-3
    options.schedule = .cosine
    options.warmup = 0.05
    options.weightDecay = 0.3
    (options.seed, options.threads) = (seed, threads)
    return options
  }

  /// A decoder trained from nothing on fresh lines, half of two symbols and half of four.
  public static func decoder(
    seed: UInt64, steps: Int = defaultSteps, threads: Int,
    onStep: (Trainer<Unadapted>.Report) -> Void
  ) throws(TrainingError) -> Decoder {
    let model = AdaptedDecoder(Decoder(configuration, seed: seed), Unadapted())
    var trainer = Trainer(
      model, training: model.zeroed, options: options(seed: seed, threads: threads),
      totalSteps: steps)
    var stream = RandomStream(seed: seed, 1)
    for _ in 0..<steps {
      let short = (0..<batchSize / 2).map { i in
        line(pair(equal: i & 1 > 0, using: &stream), answer: i & 1 > 0)
      }
      let long = lines(batchSize / 2, heldOut: false, using: &stream)
      onStep(try trainer.step(on: short + long))
    }
    return trainer.model.decoder
  }
}

/// What to time beside one shape: three shapes, single products, and how cost grows.
///
///     units      as in Benchmark
extension Benchmark {
  /// LoReFT of rank 4 at f2+l2 after every block, half of each sequence being its prompt.
  public init(
    hidden: Int, layers: Int = 4, heads: Int = 4, feedForward: Int, vocabulary: Int = 259,
    sequence: Int = 64, batch: Int = 32
  ) {
    let decoder = DecoderConfiguration(
      vocabularySize: vocabulary, hiddenSize: hidden, layerCount: layers, headCount: heads,
      feedForwardSize: feedForward, contextLength: sequence)
    let reft = ReFTConfiguration(
      method: LoReFT.method, rank: 4, layers: Array(0..<layers),
      positions: .ends(prefix: 2, suffix: 2), sharing: .side, hiddenSize: hidden)
    self.init(decoder: decoder, reft: reft)
    (self.sequence, self.batch, prompt) = (sequence, batch, sequence / 2)
  }

  /// The shapes of `bench --suite`, by the width of their hidden states.
  public static let suite = [
    Benchmark(hidden: 64, feedForward: 192),
    Benchmark(hidden: 128, feedForward: 384),
    Benchmark(
      hidden: 288, layers: 6, heads: 6, feedForward: 768, vocabulary: 32_000, sequence: 128,
      batch: 8),
  ]

  /// The shape of `bench --overhead`: deep, as edits in ten layers need it.
  public static let overhead = Benchmark(
    hidden: 256, layers: 10, feedForward: 768, sequence: 48, batch: 1)

  /// One way in which the work of a step grows, from the second shape of the suite on.
  public struct Growth: Sendable {
    public let name: String
    public let points: [(size: Int, benchmark: Benchmark)]
  }

  public static let growths = [
    Growth(
      name: "sequence",
      points: [32, 64, 128, 256, 512].map {
        ($0, Benchmark(hidden: 128, feedForward: 384, sequence: $0))
      }),
    Growth(
      name: "width",
      points: [64, 128, 256, 512].map { ($0, Benchmark(hidden: $0, feedForward: 3 * $0)) }),
    Growth(
      name: "batch",
      points: [1, 2, 4, 8, 16, 32, 64].map {
        ($0, Benchmark(hidden: 128, feedForward: 384, batch: $0))
      }),
  ]
}

/// The rate of one matrix product on one thread, in 10⁹ operations a second.
public struct ProductRate: Codable, Sendable {
  public let name: String
  /// [rows, inner] · [inner, columns]; the second stored as its transpose, if so.
  public let rows, inner, columns: Int
  public let transposed: Bool
  public let gflops: Double

  private init(
    _ name: String, rows: Int, inner: Int, columns: Int, transposed: Bool = false,
    for time: Duration
  ) {
    (self.name, self.rows, self.inner) = (name, rows, inner)
    (self.columns, self.transposed) = (columns, transposed)
    let a = Tensor.random(rows: rows, columns: inner, seed: 1)
    let b = Tensor.random(
      rows: transposed ? columns : inner, columns: transposed ? inner : columns, seed: 2)
    // A frozen weight, as in training: packed for the way forward.
    var layer = Linear(weight: b)
    layer.pack(true)
    let multiply = { transposed ? layer.forward(a).y : matmul(a, b) }
    let operations = 2 * Double(rows) * Double(inner) * Double(columns)
    let calls = max(1, Int(time / .nanoseconds(1) / operations))
    var (best, start) = (Duration.seconds(1_000_000), ContinuousClock.now)
    let end = start + time
    repeat {
      start = .now
      for _ in 0..<calls { _ = multiply() }
      best = min(best, ContinuousClock.now - start)
    } while ContinuousClock.now < end
    gflops = operations * Double(calls) / (best / .nanoseconds(1))
  }

  /// A large product, and those of the suite's layers: forward x · Wᵀ, backward dy · W, for the
  /// tokens of a shard.
  public static func measure(
    large n: Int = 768, _ suite: [Benchmark] = Benchmark.suite,
    for time: Duration = .milliseconds(100)
  ) -> [ProductRate] {
    var rates = [ProductRate("\(n)³", rows: n, inner: n, columns: n, for: time)]
    for shape in suite {
      let (d, f) = (shape.decoder.hiddenSize, shape.decoder.feedForwardSize)
      let n = shape.batch * shape.sequence / 8
      for (layer, rows, inner, outer) in [
        ("attention", n, d, d), ("up", n, d, f), ("down", n, f, d),
        ("head", n / 2, d, shape.decoder.vocabularySize),
      ] {
        let name = "\(d) \(layer)"
        rates += [
          ProductRate(
            "\(name) forward", rows: rows, inner: inner, columns: outer, transposed: true,
            for: time),
          ProductRate("\(name) backward", rows: rows, inner: outer, columns: inner, for: time),
        ]
      }
    }
    return rates
  }
}

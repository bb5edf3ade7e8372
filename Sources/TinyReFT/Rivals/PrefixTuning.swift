/// Prefix tuning: in every block some learned keys and values stand before those of the text, as if
/// tokens had been there that nobody wrote.
///
///     forward    every head attends to [K; k] and [V; v] where it attended to k and v
///     backward   dK and dV are the rows of those attention's dk and dv that stand in front, summed
///                over the sequences, which all read the same prefix
///
///     shapes     prompt: [k, 2·G·w for each block], of each block K and then V     K, V: [k, G·w]
///                k places in front; G key-value heads of width w
///     paper      Li & Liang 2021, arXiv:2101.00190v1, section 4; at every layer and for every model
///                size it is also P-tuning v2's deep prompt (Liu et al. 2021, arXiv:2110.07602v3)
///     differs    the prefix itself is trained: no MLP makes it, which both papers have as an option.
///                As in Hugging Face's peft K is not turned by positions, and the text begins at
///                position k. Begins as N(0, 0.02²), peft's as N(0, 1). The base is changed from the
///                start: even an empty key takes its share of the attention
struct PrefixTuning: Prefix, Rival {
  static let method = "prefix-tuning"

  /// The keys and values of all adapted blocks, as peft stores them.
  private(set) var prompt: Tensor

  private let layers: [Int]

  init(_ c: RivalConfiguration, for base: DecoderConfiguration, seed: UInt64) {
    // "pref": not the numbers that the base began with.
    var stream = RandomStream(seed: seed, 0x7072_6566)
    layers = c.layers.sorted()
    prompt = .gaussian(
      rows: c.size, columns: Self.columns(c, in: base), deviation: 0.02, using: &stream)
  }

  static func attach(
    _ c: RivalConfiguration, to decoder: inout Decoder, seed: UInt64
  ) -> [String: String] {
    decoder.prefix = PrefixTuning(c, for: decoder.configuration, seed: seed)
    return ["prompt_embeddings": "prompt_embeddings"]
  }

  private static func columns(_ c: RivalConfiguration, in base: DecoderConfiguration) -> Int {
    2 * c.layers.count * base.keyValueHeadCount * base.headWidth
  }

  /// 2·k·G·w for each adapted block; G·w is d where heads do not share keys and values.
  static func parameterCount(
    _ c: RivalConfiguration, for base: DecoderConfiguration
  ) -> Int {
    c.size * columns(c, in: base)
  }

  /// The name is peft's.
  mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try visit(path + "prompt_embeddings", &prompt)
  }

  var count: Int { prompt.rows }

  subscript(block layer: Int) -> Past? {
    guard let columns = columns(of: layer) else { return nil }
    let rows = 0..<prompt.rows
    return Past(
      keys: prompt[rows: rows, columns: columns.keys],
      values: prompt[rows: rows, columns: columns.values], counts: [count])
  }

  mutating func add(_ gradient: (keys: Tensor, values: Tensor), block layer: Int) {
    guard let columns = columns(of: layer) else { return }
    let all = 0..<gradient.keys.columns
    for first in stride(from: 0, to: gradient.keys.rows, by: count) {
      let rows = first..<first + count
      prompt.add(gradient.keys[rows: rows, columns: all], rows: 0..<count, columns: columns.keys)
      prompt.add(
        gradient.values[rows: rows, columns: all], rows: 0..<count, columns: columns.values)
    }
  }

  /// Where K and V of a block stand; nil for a block that has none, or without room (`frozen`).
  private func columns(of layer: Int) -> (keys: Range<Int>, values: Range<Int>)? {
    guard let i = layers.firstIndex(of: layer), !prompt.isEmpty else { return nil }
    let width = prompt.columns / (2 * layers.count)
    let start = 2 * i * width
    return (start..<start + width, start + width..<start + 2 * width)
  }
}

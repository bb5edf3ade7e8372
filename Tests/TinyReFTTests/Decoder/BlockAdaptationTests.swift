import Testing

@testable import TinyReFT

/// Edits every map by y ← y + c · (sum of x's row) and puts keys and values in front: an edit whose
/// every gradient must go the whole way through the block.
private struct Everywhere: BlockAdaptation {
  var gains: [BlockMap: Tensor]
  var keys: Tensor
  var values: Tensor

  init(_ c: DecoderConfiguration, using stream: inout RandomStream) {
    gains = Dictionary(
      uniqueKeysWithValues: BlockMap.allCases.map {
        ($0, .uniform(rows: 1, columns: 1, bound: 0.3, using: &stream))
      })
    let width = c.keyValueHeadCount * c.headWidth
    keys = .uniform(rows: 3, columns: width, bound: 1, using: &stream)
    values = .uniform(rows: 3, columns: width, bound: 1, using: &stream)
  }

  mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    for map in BlockMap.allCases {
      var gain = gains[map] ?? .none
      try visit(path + map.rawValue, &gain)
      gains[map] = gain
    }
    try visit(path + "keys", &keys)
    try visit(path + "values", &values)
  }

  var maps: Set<BlockMap> { Set(BlockMap.allCases) }
  var prefix: KeysAndValues? { KeysAndValues(keys: keys, values: values) }

  private func sums(_ x: Tensor) -> [Scalar] {
    (0..<x.rows).map { i in x.row(i).reduce(0) { $0 + x.elements[$1] } }
  }

  func forward(
    _ y: consuming Tensor, from x: Tensor, at map: BlockMap
  ) -> (y: Tensor, cache: Tensor) {
    var y = y
    let c = gains[map]?.elements[0] ?? 0
    for (i, sum) in sums(x).enumerated() { for k in y.row(i) { y.elements[k] += c * sum } }
    return (y, x)
  }

  func backward(
    _ dy: consuming Tensor, _ x: Tensor, at map: BlockMap, into gradient: inout Everywhere
  ) -> (dy: Tensor, dx: Tensor?) {
    var dx = Tensor.zeros(like: x)
    let dySums = sums(dy)
    for (i, sum) in sums(x).enumerated() {
      gradient.gains[map]?.elements[0] += sum * dySums[i]
      for k in dx.row(i) { dx.elements[k] = (gains[map]?.elements[0] ?? 0) * dySums[i] }
    }
    return (dy, dx)
  }

  func backward(prefix: KeysAndValues, into gradient: inout Everywhere) {
    gradient.keys += prefix.keys
    gradient.values += prefix.values
  }
}

/// `Everywhere` in these blocks.
private struct InBlocks: Adaptation {
  typealias Cache = Void
  var parts: [Int: Everywhere]

  mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    for l in parts.keys.sorted() {
      guard var part = parts[l] else { continue }
      try part.walk(path + "\(l).", visit)
      parts[l] = part
    }
  }

  var fixedBlockCount: Int { parts.keys.min() ?? 0 }
  var prefixLength: Int { 3 }

  subscript(insideBlock layer: Int) -> Everywhere? {
    get { parts[layer] }
    set { parts[layer] = newValue }
  }
}

@Suite("What acts inside a block (docs/70-rivals.md)")
struct BlockAdaptationTests {
  private static let configuration = DecoderConfiguration(
    vocabularySize: 11, hiddenSize: 6, layerCount: 3, headCount: 4, keyValueHeadCount: 2,
    headWidth: 2, feedForwardSize: 5, contextLength: 16)

  private static let examples = [
    TokenSequence(tokens: [1, 2, 3, 4, 5, 6, 7], promptLength: 4),
    TokenSequence(tokens: [8, 9, 10], promptLength: 1),
  ]

  private static func model(blocks: [Int]) -> AdaptedDecoder<InBlocks> {
    var stream = RandomStream(seed: 5)
    let parts = blocks.map { ($0, Everywhere(configuration, using: &stream)) }
    return AdaptedDecoder(
      Decoder(configuration, seed: 3), InBlocks(parts: Dictionary(uniqueKeysWithValues: parts)))
  }

  @Test(
    "every gradient, of the base too, agrees with central differences",
    arguments: [[0, 1, 2], [1]])
  func gradients(blocks: [Int]) {
    let model = Self.model(blocks: blocks)
    let gradient = model.lossAndGradient(of: Self.examples, zero: model.zeroed, threads: 1).gradient
    let checks = checkParameterGradients(of: model, gradient: gradient) {
      $0.lossAndGradient(of: Self.examples, zero: $0.zeroed, threads: 1).loss
    }
    // In Float, a gain of nine maps has a slope of which rounding leaves little.
    let tolerance = Scalar.self == Double.self ? GradientSuite.modelTolerance : 0.1
    for check in checks { #expect(check.error <= tolerance, "\(check.name)") }
  }

  @Test("what a frozen base saves changes no bit")
  func savings() {
    let model = Self.model(blocks: [1, 2])
    func run(_ savings: Savings) -> (loss: Double, gradient: AdaptedDecoder<InBlocks>) {
      model.lossAndGradient(
        of: Self.examples, zero: model.adaptationOnly, threads: 1,
        base: FrozenBase(savings, limit: FrozenBase.defaultLimit))
    }
    let plain = run([])
    for savings: Savings in [.rows, .backward, .hidden, .all] {
      let saved = run(savings)
      #expect(saved.loss == plain.loss)
      for (one, other) in zip(saved.gradient.parameters, plain.gradient.parameters) {
        #expect(one.tensor == other.tensor, "\(one.name)")
      }
    }
  }

  @Test("with a cache and token by token the logits are those of one pass")
  func cached() {
    let model = Self.model(blocks: [0, 2])
    let tokens = [1, 2, 3, 4, 5, 6]
    let batch = Batch([TokenSequence(tokens: tokens + [0], promptLength: 3)])
    let (logits, _) = model.forward(batch)
    var cache = KeyValueCache(for: model.decoder)
    var rows = [model.read(prompt: Array(tokens[..<3]), into: &cache)]
    for token in tokens[3...] { rows.append(model.read(generated: token, into: &cache)) }
    let difference = logits - Tensor(stacking: rows)
    #expect(difference.largestMagnitude <= 100 * Scalar.ulpOfOne * logits.largestMagnitude)
  }

}

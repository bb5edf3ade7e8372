/// Every backward pass of the library against central differences, from the matrix to the whole
/// adapted decoder: what `tinyreft gradcheck` prints.
///
/// The sizes are small, and pairwise different so that no transposed matrix fits by accident.
public struct GradientSuite: Sendable {
  /// One operation: its tensors, and how large an error is let pass.
  public struct Row: Sendable {
    public let operation: String
    public let checks: [GradientCheck]
    public let tolerance: Double

    /// How many elements were moved, of all tensors.
    public var elements: Int { checks.reduce(0) { $0 + $1.elements } }
    /// The tensor that is furthest off. NaN is worse than any number.
    public var worst: GradientCheck? {
      checks.max { $0.error < $1.error || ($1.error.isNaN && !$0.error.isNaN) }
    }
    public var passes: Bool { checks.allSatisfy { $0.error <= tolerance } }
  }

  /// Where the random numbers start.
  public let seed: UInt64

  public init(seed: UInt64) { self.seed = seed }

  /// Ten times what a single product needs: a block is several in a row. 3.7e-9 in Double.
  static let layerTolerance = 10 * gradientTolerance

  /// A whole model loses digits in every layer, and Float has few to lose: there its check says
  /// only that no term is missing.
  static let modelTolerance = Scalar.self == Double.self ? 1e-6 : 2e-2

  /// All rows, from the ground up.
  public func rows() -> [Row] {
    layers() + [gramSchmidt(), interchange()]
      + ReFTConfiguration.methods.map { function($0) }
      + [model(LoReFT.self), model(DiReFT.self)]
      + [model(LoReFT.self, classifier(width: 6))] + rivals()
  }

  static let configuration = DecoderConfiguration(
    vocabularySize: 11, hiddenSize: 6, layerCount: 2, headCount: 4, keyValueHeadCount: 2,
    headWidth: 2, feedForwardSize: 5, contextLength: 16)

  func random(_ rows: Int, _ columns: Int, _ purpose: Int) -> Tensor {
    var stream = RandomStream(seed: seed, purpose)
    return .uniform(rows: rows, columns: columns, using: &stream)
  }

  func layer<Layer: Parameterized>(
    _ operation: String, _ layer: Layer, _ xShape: [Int], _ yShape: [Int],
    tolerance: Double = layerTolerance, forward: (Layer, Tensor) -> Tensor,
    backward: (Layer, Tensor, Tensor, inout Layer) -> Tensor
  ) -> Row {
    let dy = random(yShape[0], yShape[1], 3)
    let checks = checkGradients(
      // Rows of size three, so that attention has scores apart, and its slopes stand above rounding.
      of: layer, at: 3 * random(xShape[0], xShape[1], 4), loss: { forward($0, $1).dot(dy) },
      gradients: { layer, x in
        var gradient = layer.zeroed
        return (backward(layer, x, dy, &gradient), gradient)
      })
    return Row(operation: operation, checks: checks, tolerance: tolerance)
  }

  /// Of three labels, every number drawn: at its usual start a head is all but constant.
  func classifier(width: Int) -> Classifier {
    var (head, purpose) = (Classifier(width: width, labelCount: 3), 11)
    head.walk("") { _, tensor in
      tensor = random(tensor.rows, tensor.columns, purpose)
      purpose += 1
    }
    return head
  }

  private func model<Phi: InterventionFunction>(
    _ type: Phi.Type, _ classifier: Classifier? = nil
  ) -> Row {
    var reft = ReFT<Phi>(
      rank: 2, width: 6, layers: [0, 1], positions: .ends(prefix: 1, suffix: 2), sharing: .side,
      start: .random, seed: seed)
    // Away from an A that is its own R: up to rounding Gram-Schmidt leaves it as it is.
    reft.walk("") { _, tensor in tensor += 0.1 * random(tensor.rows, tensor.columns, 13) }
    reft.dropout = 0.25
    let model = AdaptedDecoder(Decoder(Self.configuration, seed: seed), reft, classifier)
    // One target each where there are labels, of which these are numbers.
    var examples = [
      TokenSequence(tokens: [1, 2, 3, 4, 5, 6, 7], promptLength: 4),
      TokenSequence(tokens: [8, 9, 10], promptLength: 1),
      TokenSequence(tokens: [0, 3, 3, 1, 2], promptLength: 3),
    ]
    if classifier != nil {
      examples = zip(examples, 0...).map { example, label in
        TokenSequence(
          tokens: example.tokens.prefix(example.tokens.count - 1) + [label],
          promptLength: example.tokens.count - 1)
      }
    }
    func run(_ model: AdaptedDecoder<ReFT<Phi>>) -> (
      loss: Double, gradient: AdaptedDecoder<ReFT<Phi>>
    ) {
      model.lossAndGradient(of: examples, zero: model.zeroed, threads: 1, dropoutSeed: seed)
    }
    let checks = checkParameterGradients(of: model, gradient: run(model).gradient) { run($0).loss }
    return Row(
      operation: classifier == nil ? "decoder with \(Phi.method)" : "… and a classifier",
      checks: checks, tolerance: Self.modelTolerance)
  }
}

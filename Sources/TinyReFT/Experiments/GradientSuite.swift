/// Every backward pass of the library against central differences, from the matrix to the whole
/// adapted decoder: what `tinyreft gradcheck` prints.
///
/// The sizes are small, and pairwise different so that no transposed matrix fits by accident.
///
///     read       docs/20-backprop.md
///     check      Tests/TinyReFTTests/Experiments/GradientSuiteTests.swift
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
    layers() + [gramSchmidt(), interchange(), subspaces()]
      + ReFTConfiguration.methods.map { function($0) }
      + [model(LoReFT.self), model(DiReFT.self)]
      + [model(LoReFT.self, classifier(width: 6))] + rivals()
  }

  private func layers() -> [Row] {
    var stream = RandomStream(seed: seed)
    let sequences = [0..<4, 4..<7]
    let turns = RotaryEmbedding(headWidth: 2, base: 100).turns(at: [0, 1, 2, 3, 0, 1, 2])
    var norm = RMSNorm(width: 5)
    norm.gain = random(1, 5, 1)
    let c = Self.configuration
    return [
      layer("linear", Linear(from: 5, to: 4, using: &stream), [3, 5], [3, 4]) {
        $0.forward($1).y
      } backward: {
        $0.backward($2, $0.forward($1).cache, into: &$3)
      },
      layer("unembedding", Embedding(weight: random(6, 5, 2)), [3, 5], [3, 6]) {
        $0.unembed($1)
      } backward: {
        $0.unembedBackward($2, $1, into: &$3)
      },
      embedding(),
      layer("RMSNorm", norm, [3, 5], [3, 5]) {
        $0.forward($1).y
      } backward: {
        $0.backward($2, $0.forward($1).cache, into: &$3)
      },
      layer("rotary embedding", Unadapted(), [7, 4], [7, 4]) { _, x in
        RotaryEmbedding(headWidth: 2, base: 100).forward(x, turns)
      } backward: { _, _, dy, _ in
        RotaryEmbedding(headWidth: 2, base: 100).backward(dy, turns)
      },
      layer("attention", Attention(c, outputScale: 1, using: &stream), [7, 6], [7, 6]) {
        $0.forward($1, BlockRows(sequences, turns: turns)).y
      } backward: {
        $0.backward(
          $2, $0.forward($1, BlockRows(sequences, turns: turns)).cache, into: &$3)
      },
      layer("SwiGLU", SwiGLU(c, outputScale: 1, using: &stream), [3, 6], [3, 6]) {
        $0.forward($1).y
      } backward: {
        $0.backward($2, $0.forward($1).cache, into: &$3)
      },
      layer("block", Block(c, using: &stream), [7, 6], [7, 6]) {
        $0.forward($1, BlockRows(sequences, turns: turns)).y
      } backward: {
        $0.backward(
          $2, $0.forward($1, BlockRows(sequences, turns: turns)).cache, into: &$3)
      },
      crossEntropy(),
      layer("classifier", classifier(width: 5), [4, 5], [4, 3]) {
        $0.forward($1).logits
      } backward: {
        $0.backward($2, $0.forward($1).cache, into: &$3)
      },
    ]
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

  private func embedding() -> Row {
    let (tokens, dh) = ([3, 0, 3, 5], random(4, 5, 5))
    let embedding = Embedding(weight: random(6, 5, 6))
    var gradient = embedding.zeroed
    embedding.embedBackward(dh, tokens, into: &gradient)
    let checks = checkParameterGradients(of: embedding, gradient: gradient) {
      $0.embed(tokens).dot(dh)
    }
    return Row(operation: "embedding", checks: checks, tolerance: Self.layerTolerance)
  }

  private func crossEntropy() -> Row {
    let (logits, targets) = (random(3, 7, 7), [6, 0, 2])
    let gradient = CrossEntropy.backward(
      CrossEntropy.forward(logits, targets: targets).cache, weight: 1)
    let error = gradientError(gradient, at: logits) {
      CrossEntropy.forward($0, targets: targets).loss
    }
    return Row(
      operation: "cross-entropy",
      checks: [GradientCheck(name: "logits", elements: logits.count, error: error)],
      tolerance: Self.layerTolerance)
  }

  private func gramSchmidt() -> Row {
    let (A, dR) = (random(3, 7, 8), random(3, 7, 9))
    let gradient = GramSchmidt.backward(dR, GramSchmidt.forward(A).cache)
    let error = gradientError(gradient, at: A) { GramSchmidt.forward($0).R.dot(dR) }
    return Row(
      operation: "Gram-Schmidt",
      checks: [GradientCheck(name: "A", elements: A.count, error: error)],
      tolerance: Self.layerTolerance)
  }

  private func function<Phi: InterventionFunction>(_ type: Phi.Type) -> Row {
    var stream = RandomStream(seed: seed, 10)
    let phi = Phi(rank: 2, width: 7, start: .random, using: &stream)
    return layer(Phi.method, phi, [3, 7], [3, 7]) {
      $0.forward($1).delta
    } backward: {
      $0.backward($2, $0.forward($1).cache, into: &$3)
    }
  }

  /// Three rows, of which each is edited along directions of its own.
  private func subspaces() -> Row {
    var stream = RandomStream(seed: seed, 11)
    var phi = LoReFT(rank: 2, width: 7, start: .random, using: &stream)
    phi.A += random(2, 7, 12)
    let activity = Tensor([[1, 0], [0, 1], [1, 1]])
    return layer("loreft, subspaces", phi, [3, 7], [3, 7]) {
      $0.forward($1, activity: activity).delta
    } backward: {
      $0.backward($2, $0.forward($1, activity: activity).cache, into: &$3)
    }
  }

  /// Three bases and, under them, their three sources.
  private func interchange() -> Row {
    layer("interchange", Interchange(A: random(2, 7, 11)), [6, 7], [3, 7]) { swap, x in
      swap.forward(x[rows: 0..<3, columns: 0..<7], source: x[rows: 3..<6, columns: 0..<7]).delta
    } backward: { swap, x, dDelta, gradient in
      let (_, cache) = swap.forward(
        x[rows: 0..<3, columns: 0..<7], source: x[rows: 3..<6, columns: 0..<7])
      let (dBase, dSource) = swap.backward(dDelta, cache, into: &gradient)
      return Tensor(stacking: [dBase, dSource])
    }
  }

  /// Of three labels, every number drawn: at its usual start a head is all but constant.
  private func classifier(width: Int) -> Classifier {
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

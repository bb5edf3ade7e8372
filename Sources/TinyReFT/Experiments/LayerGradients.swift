/// The rows of the suite below a whole decoder: its layers, Gram-Schmidt, and every Φ.
extension GradientSuite {
  func layers() -> [Row] {
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
        $0.forward($1, Rows(sequences, turns: turns)).y
      } backward: {
        $0.backward(
          $2, $0.forward($1, Rows(sequences, turns: turns)).cache, into: &$3
        ).dx
      },
      layer("SwiGLU", SwiGLU(c, outputScale: 1, using: &stream), [3, 6], [3, 6]) {
        $0.forward($1).y
      } backward: {
        $0.backward($2, $0.forward($1).cache, into: &$3)
      },
      layer("block", Block(c, using: &stream), [7, 6], [7, 6]) {
        $0.forward($1, Rows(sequences, turns: turns)).y
      } backward: {
        $0.backward(
          $2, $0.forward($1, Rows(sequences, turns: turns)).cache, into: &$3
        ).dx
      },
      crossEntropy(),
      layer("classifier", classifier(width: 5), [4, 5], [4, 3]) {
        $0.forward($1).logits
      } backward: {
        $0.backward($2, $0.forward($1).cache, into: &$3)
      },
    ]
  }

  func embedding() -> Row {
    let (tokens, dh) = ([3, 0, 3, 5], random(4, 5, 5))
    let embedding = Embedding(weight: random(6, 5, 6))
    var gradient = embedding.zeroed
    embedding.embedBackward(dh, tokens, into: &gradient)
    let checks = checkParameterGradients(of: embedding, gradient: gradient) {
      $0.embed(tokens).dot(dh)
    }
    return Row(operation: "embedding", checks: checks, tolerance: Self.layerTolerance)
  }

  func crossEntropy() -> Row {
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

  func gramSchmidt() -> Row {
    let (A, dR) = (random(3, 7, 8), random(3, 7, 9))
    let gradient = GramSchmidt.backward(dR, GramSchmidt.forward(A).cache)
    let error = gradientError(gradient, at: A) { GramSchmidt.forward($0).R.dot(dR) }
    return Row(
      operation: "Gram-Schmidt",
      checks: [GradientCheck(name: "A", elements: A.count, error: error)],
      tolerance: Self.layerTolerance)
  }

  func function<Phi: InterventionFunction>(_ type: Phi.Type) -> Row {
    var stream = RandomStream(seed: seed, 10)
    var phi = Phi(rank: 2, width: 7, start: .random, using: &stream)
    phi.walk("") { _, tensor in tensor += random(tensor.rows, tensor.columns, 12) }
    return layer(Phi.method, phi, [3, 7], [3, 7]) {
      $0.forward($1).delta
    } backward: {
      $0.backward($2, $0.forward($1).cache, into: &$3)
    }
  }

  /// Three bases and, under them, their three sources.
  func interchange() -> Row {
    layer("interchange", Interchange(A: random(2, 7, 11)), [6, 7], [3, 7]) { swap, x in
      swap.forward(x[rows: 0..<3, columns: 0..<7], source: x[rows: 3..<6, columns: 0..<7]).delta
    } backward: { swap, x, dDelta, gradient in
      let (_, cache) = swap.forward(
        x[rows: 0..<3, columns: 0..<7], source: x[rows: 3..<6, columns: 0..<7])
      let (dBase, dSource) = swap.backward(dDelta, cache, into: &gradient)
      return Tensor(stacking: [dBase, dSource])
    }
  }
}

extension Attention {
  /// Of texts that begin here.
  public func forward(_ x: Tensor, _ rows: Rows) -> (y: Tensor, cache: Cache) {
    var past = Past.none(sequences: rows.sequences.count)
    return forward(x, rows, after: &past)
  }
}

extension Block {
  /// Of texts that begin here.
  func forward(_ x: Tensor, _ rows: Rows) -> (y: Tensor, cache: Cache) {
    var past = Past.none(sequences: rows.sequences.count)
    return forward(x, rows, after: &past)
  }
}

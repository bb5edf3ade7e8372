import Foundation

/// Reads a label off one hidden state: what stands in place of the unembedding where the answer is
/// one of C labels and no text.
///
///     forward    t = tanh(h·W_dᵀ + b_d)       logits = t·W_oᵀ + b_o       H(·|h) = softmax(logits)
///     backward   dt = dlogits·W_o             dW_o = dlogitsᵀ·t           db_o = Σᵢ dlogitsᵢ
///                dz = dt ⊙ (1 − t²)           dW_d = dzᵀ·h                db_d = Σᵢ dzᵢ
///                dh = dz·W_d                  (i runs over rows)
///
///     shapes     h, t, z, dh: [n, d]     logits: [n, C]     W_d: [d, d]     b_d: [d]     W_o: [C, d]
///                b_o: [C]
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 3.2, eqs. 5 and 6; softmax and −log are
///                those of `CrossEntropy`
///     differs    h is the last prompt token's, after the final norm. The paper's is the first token's:
///                in BERT it sees all the others, in a causal decoder it sees only itself. RoBERTa's
///                head drops a tenth of h and of t in training; eq. 5 does not, nor do we
public struct Classifier: Parameterized {
  /// W_d and b_d.
  var dense: Tensor
  var denseBias: Tensor
  /// W_o and b_o.
  public var output: Tensor
  var outputBias: Tensor

  /// d.
  public var width: Int { dense.columns }

  /// Every number zero: for a file to fill in.
  public init(width d: Int, labelCount: Int) {
    dense = Tensor(repeating: 0, rows: d, columns: d)
    denseBias = Tensor(repeating: 0, columns: d)
    output = Tensor(repeating: 0, rows: labelCount, columns: d)
    outputBias = Tensor(repeating: 0, columns: labelCount)
  }

  /// RoBERTa's start: normal weights of deviation 0.02, biases zero. Every label is then about as
  /// likely as the others.
  public init(width d: Int, labelCount: Int, seed: UInt64) {
    self.init(width: d, labelCount: labelCount)
    var stream = RandomStream(seed: seed, 0x6865_6164)  // "head"
    dense = .gaussian(rows: d, columns: d, deviation: 0.02, using: &stream)
    output = .gaussian(rows: labelCount, columns: d, deviation: 0.02, using: &stream)
  }

  /// The names are those of Hugging Face's `RobertaClassificationHead`.
  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try visit(path + "dense.weight", &dense)
    try visit(path + "dense.bias", &denseBias)
    try visit(path + "out_proj.weight", &output)
    try visit(path + "out_proj.bias", &outputBias)
  }

  /// What `backward` needs. t is kept and z is not, because tanh′(z) = 1 − t².
  public struct Cache: Sendable {
    let h: Tensor
    let t: Tensor
  }

  /// One row of logits for each row of h. Traps unless h has as many columns as W_d.
  func forward(_ h: Tensor) -> (logits: Tensor, cache: Cache) {
    var t = matmul(h, transposed: dense)
    t.addToEachRow(denseBias)
    for k in t.elements.indices { t.elements[k] = tanh(t.elements[k]) }
    var logits = matmul(t, transposed: output)
    logits.addToEachRow(outputBias)
    return (logits, Cache(h: h, t: t))
  }

  /// Returns dh, and adds the four others to `gradient`, unless the head is frozen.
  func backward(
    _ dlogits: Tensor, _ cache: Cache, into gradient: inout Classifier
  ) -> Tensor {
    let (h, t) = (cache.h, cache.t)
    let dz = matmul(dlogits, output).map(with: t) { dt, t in dt * (1 - t * t) }
    if !gradient.dense.isEmpty {
      addMatmul(transposed: dlogits, t, to: &gradient.output)
      gradient.outputBias += dlogits.columnSums
      addMatmul(transposed: dz, h, to: &gradient.dense)
      gradient.denseBias += dz.columnSums
    }
    return matmul(dz, dense)
  }
}

extension AdaptedDecoder {
  /// The number of the likeliest label for this prompt. Throws where the logits are no numbers to
  /// choose by; traps without a classifier.
  public func label(of prompt: [Int]) throws(NotFinite) -> Int {
    precondition(classifier != nil, "label: this decoder has no classifier")
    // The label stands where the next token would, and is not read: any number does.
    let example = decoder.placed(TokenSequence(tokens: prompt + [0], promptLength: prompt.count))
    let logits = forward(Batch([example], reading: [0..<example.promptLength])).logits
    guard let label = logits.likeliest else { throw NotFinite(what: "a logit") }
    return label
  }
}

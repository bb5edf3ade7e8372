/// P-tuning: soft prompts that a small network makes while they are trained.
///
///     forward    P = A₃ relu(A₂ relu(A₁ e)),  Aᵢ x = x·Wᵢᵀ + bᵢ;  then as SoftPrompts
///     backward   dWᵢ = dyᵀ·x     dbᵢ = Σ rows dy     dx = dy·Wᵢ, zero where relu was;  de = dx of A₁
///
///     Neighbours in P then move together, which was meant to steady training. What is learned is P
///     all the same: afterwards P alone is enough (`vectors`), though files keep the network too.
///
///     shapes     e, P: [k, d]     Wᵢ: [d, d]     bᵢ: [d]
///     paper      Liu et al. 2021, arXiv:2103.10385v2, section 3
///     differs    as in Hugging Face's peft by default, there is an MLP of width d and no LSTM before
///                it, e begins as N(0, 1) and the network as PyTorch's linear layers do; all of P stands
///                before the text. The base is changed from the start
struct PTuning: VirtualTokens, Rival {
  static let method = "p-tuning"

  static let choices: Set<RivalChoice> = [.size]

  /// x·Wᵀ + b.
  private struct Affine: Sendable {
    var W: Tensor
    var b: Tensor
  }

  /// e.
  private var inputs: Tensor
  private var layers: [Affine]

  init(_ c: RivalConfiguration, width d: Int, seed: UInt64) {
    // "ptun": not the numbers that the base began with.
    var stream = RandomStream(seed: seed, 0x7074_756E)
    inputs = .gaussian(rows: c.size, columns: d, using: &stream)
    layers = (0..<3).map { _ in
      Affine(
        W: .torchLinear(rows: d, columns: d, inputs: d, using: &stream),
        b: .torchLinear(columns: d, inputs: d, using: &stream))
    }
  }

  static func attach(
    _ c: RivalConfiguration, to decoder: inout Decoder, seed: UInt64
  ) -> [String: String] {
    var network = PTuning(c, width: decoder.configuration.hiddenSize, seed: seed)
    decoder.embedding.soft = network
    var names: [String: String] = [:]
    network.walk("") { name, _ in names["model.embed_tokens." + name] = name }
    return names
  }

  /// k·d + 3(d² + d).
  static func parameterCount(
    _ c: RivalConfiguration, for base: DecoderConfiguration
  ) -> Int {
    let d = base.hiddenSize
    return c.size * d + 3 * (d * d + d)
  }

  /// The names are those of peft's encoder, whose ReLUs count as layers too.
  mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try visit(path + "prompt_encoder.embedding.weight", &inputs)
    for i in layers.indices {
      try visit(path + "prompt_encoder.mlp_head.\(2 * i).weight", &layers[i].W)
      try visit(path + "prompt_encoder.mlp_head.\(2 * i).bias", &layers[i].b)
    }
  }

  var count: Int { inputs.rows }

  /// P: what is left after training, and does the same as `SoftPrompts`.
  var vectors: Tensor { encode().vectors }

  /// P, and the x that each layer read.
  private func encode() -> (vectors: Tensor, read: [Tensor]) {
    var (x, read) = (inputs, [Tensor]())
    for (i, layer) in layers.enumerated() {
      if i > 0 { for k in x.elements.indices { x.elements[k] = max(0, x.elements[k]) } }
      read.append(x)
      x = matmul(x, transposed: layer.W)
      x.addToEachRow(layer.b)
    }
    return (x, read)
  }

  /// Goes the way forward once more, which costs k rows.
  func backward(_ dVectors: Tensor, into gradient: inout PTuning) {
    guard !gradient.inputs.isEmpty else { return }
    var dy = dVectors
    for (i, x) in encode().read.enumerated().reversed() {
      addMatmul(transposed: dy, x, to: &gradient.layers[i].W)
      gradient.layers[i].b += dy.columnSums
      dy = matmul(dy, layers[i].W)
      if i > 0 { for k in x.elements.indices where x.elements[k] == 0 { dy.elements[k] = 0 } }
    }
    gradient.inputs += dy
  }
}

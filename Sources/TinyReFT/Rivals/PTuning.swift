/// P-tuning: soft prompts that a small network makes while they are trained.
///
///     forward    P = A₃ relu(A₂ relu(A₁ e)),  Aᵢ x = x·Wᵢᵀ + bᵢ;  then as SoftPrompts
///     backward   dWᵢ = dyᵀ·x     dbᵢ = Σ rows dy     dx = dy·Wᵢ, zero where relu was;  de = dx of A₁
///
///     Neighbours in P then move together, which was meant to steady training. What is learned is P
///     all the same: afterwards P alone is enough (`prompts`), though files keep the network too.
///
///     shapes     e, P: [k, d]     Wᵢ: [d, d]     bᵢ: [d]
///     paper      Liu et al. 2021, arXiv:2103.10385v2, section 3
///     differs    as in Hugging Face's peft by default, there is an MLP of width d and no LSTM before
///                it, e begins as N(0, 1) and the network as PyTorch's linear layers do; all of P stands
///                before the text. The base is changed from the start
public struct PTuning: Rival {
  public static let method = "p-tuning"

  public static let choices: Set<RivalChoice> = [.size]

  /// x·Wᵀ + b.
  private struct Affine: Sendable {
    var W: Tensor
    var b: Tensor
  }

  /// e.
  private var inputs: Tensor
  private var layers: [Affine]

  public init(_ c: RivalConfiguration, for base: Decoder, seed: UInt64) {
    // "ptun": not the numbers that the base began with.
    var stream = RandomStream(seed: seed, 0x7074_756E)
    let d = base.configuration.hiddenSize
    inputs = .gaussian(rows: c.size, columns: d, using: &stream)
    layers = (0..<3).map { _ in
      Affine(
        W: .torchLinear(rows: d, columns: d, inputs: d, using: &stream),
        b: .torchLinear(columns: d, inputs: d, using: &stream))
    }
  }

  /// k·d + 3(d² + d).
  public static func parameterCount(
    _ c: RivalConfiguration, for base: DecoderConfiguration
  ) -> Int {
    let d = base.hiddenSize
    return c.size * d + 3 * (d * d + d)
  }

  /// The names are those of peft's encoder, whose ReLUs count as layers too.
  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try visit(path + "prompt_encoder.embedding.weight", &inputs)
    for i in layers.indices {
      try visit(path + "prompt_encoder.mlp_head.\(2 * i).weight", &layers[i].W)
      try visit(path + "prompt_encoder.mlp_head.\(2 * i).bias", &layers[i].b)
    }
  }

  public var softTokenCount: Int { inputs.rows }

  /// What is left after training, and does the same.
  public var prompts: SoftPrompts { encode().prompts }

  /// P, and the x that each layer read.
  private func encode() -> (prompts: SoftPrompts, read: [Tensor]) {
    var (x, read) = (inputs, [Tensor]())
    for (i, layer) in layers.enumerated() {
      if i > 0 { for k in x.elements.indices { x.elements[k] = max(0, x.elements[k]) } }
      read.append(x)
      x = matmul(x, transposed: layer.W)
      x.addToEachRow(layer.b)
    }
    return (SoftPrompts(x), read)
  }

  /// nil behind blocks, where nothing happens. That P is here costs k rows.
  public typealias Cache = (prompts: SoftPrompts, read: [Tensor], rows: SoftPrompts.Cache)?

  public func forward(
    _ h: consuming Tensor, afterBlock layer: Int, of batch: Batch
  ) -> (h: Tensor, cache: Cache) {
    guard layer == -1 else { return (h, nil) }
    let (prompts, read) = encode()
    let (h, rows) = prompts.forward(h, afterBlock: layer, of: batch)
    return (h, (prompts, read, rows))
  }

  public func backward(
    _ dh: consuming Tensor, _ cache: Cache, afterBlock layer: Int, into gradient: inout PTuning
  ) -> Tensor {
    guard let (prompts, read, rows) = cache else { return dh }
    var dPrompts = prompts.zeroed
    let dh = prompts.backward(dh, rows, afterBlock: layer, into: &dPrompts)
    guard !gradient.inputs.isEmpty else { return dh }
    var dy = dPrompts.prompt
    for (i, x) in read.enumerated().reversed() {
      addMatmul(transposed: dy, x, to: &gradient.layers[i].W)
      gradient.layers[i].b += dy.columnSums
      dy = matmul(dy, layers[i].W)
      if i > 0 { for k in x.elements.indices where x.elements[k] == 0 { dy.elements[k] = 0 } }
    }
    gradient.inputs += dy
    return dh
  }
}

/// Low-rank adaptation: adds to a frozen matrix the product of two thin ones.
///
///     forward    y ← y + s · x Aᵀ Bᵀ          s = α / r
///                by rows: u = x·Aᵀ,   y ← y + s u·Bᵀ
///     backward   du = s dy·B     dB = s dyᵀ·u     dA = duᵀ·x     dx gets du·A
///
///     shapes     x: [n, in]     y: [n, out]     A: [r, in]     B: [out, r]     u: [n, r]
///     paper      Hu et al. 2021, arXiv:2106.09685v2, section 4.1
///     differs    no dropout on x. A begins as PyTorch's linear layer does, as in Hugging Face's peft;
///                the paper says Gaussian. B begins at zero: the base is unchanged
public struct LoRA: MergingEdit, Rival {
  public static let method = "lora"

  public static let choices: Set<RivalChoice> = [.size, .alpha, .maps, .layers]

  /// A, [r, in].
  public var A: Tensor
  /// B, [out, r].
  var B: Tensor
  let scale: Scalar

  init(_ c: RivalConfiguration, at linear: Linear, using stream: inout RandomStream) {
    let (out, input) = (linear.weight.rows, linear.weight.columns)
    A = .torchLinear(rows: c.size, columns: input, inputs: input, using: &stream)
    B = Tensor(repeating: 0, rows: out, columns: c.size)
    scale = c.scale
  }

  public static func attach(
    _ c: RivalConfiguration, to decoder: inout Decoder, seed: UInt64
  ) -> [String: String] {
    attach(c, to: &decoder, seed: seed) { block, stream in
      for map in c.matrices { block[map].attached = LoRA(c, at: block[map], using: &stream) }
    }
  }

  /// r (in + out) for each matrix.
  public static func parameterCount(
    _ c: RivalConfiguration, for base: DecoderConfiguration
  ) -> Int {
    c.layers.count * c.matrices.reduce(0) { $0 + c.size * base.shape(of: $1).reduce(0, +) }
  }

  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try visit(path + "lora_A.weight", &A)
    try visit(path + "lora_B.weight", &B)
  }

  /// Keeps x and u.
  public func forward(_ y: consuming Tensor, from x: Tensor) -> (y: Tensor, kept: [Tensor]) {
    let u = matmul(x, transposed: A)
    var y = y
    y.add(matmul(u, transposed: B), scaledBy: scale)
    return (y, [x, u])
  }

  public func backward(
    _ dy: consuming Tensor, _ kept: [Tensor], into gradient: inout LoRA
  ) -> (dy: Tensor, dx: Tensor?) {
    let scaled = scale * dy
    let du = matmul(scaled, B)
    if !gradient.A.isEmpty {
      addMatmul(transposed: scaled, kept[1], to: &gradient.B)
      addMatmul(transposed: du, kept[0], to: &gradient.A)
    }
    return (dy, matmul(du, A))
  }

  /// W + s B A.
  func merged(_ weight: Tensor) -> Tensor {
    var sum = weight
    sum.add(matmul(B, A), scaledBy: scale)
    return sum
  }
}

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
public struct LoRA: MergingPart {
  public static let method = "lora"

  public static let choices: Set<RivalChoice> = [.size, .alpha, .maps, .layers]

  /// A and B of one matrix.
  public struct Pair: Sendable {
    public var A: Tensor
    public var B: Tensor
  }

  /// By the map that they adapt.
  public private(set) var pairs: [BlockMap: Pair]
  public let scale: Scalar

  public var maps: Set<BlockMap> { Set(pairs.keys) }

  public init(_ c: RivalConfiguration, for block: Block, using stream: inout RandomStream) {
    pairs = [:]
    scale = c.scale
    for map in c.matrices {
      let weight = block[map].weight
      pairs[map] = Pair(
        A: .torchLinear(
          rows: c.size, columns: weight.columns, inputs: weight.columns, using: &stream),
        B: Tensor(repeating: 0, rows: weight.rows, columns: c.size))
    }
  }

  /// r (in + out) for each matrix.
  public static func parameterCount(
    _ c: RivalConfiguration, inBlockOf base: DecoderConfiguration
  ) -> Int {
    c.matrices.reduce(0) { $0 + c.size * base.shape(of: $1).reduce(0, +) }
  }

  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    for map in BlockMap.matrices {
      guard var pair = pairs[map] else { continue }
      pairs[map] = nil
      defer { pairs[map] = pair }
      try visit(path + "\(map.path).lora_A.weight", &pair.A)
      try visit(path + "\(map.path).lora_B.weight", &pair.B)
    }
  }

  /// What `backward` needs.
  public struct Cache: Sendable {
    let x: Tensor
    let u: Tensor
  }

  public func forward(
    _ y: consuming Tensor, from x: Tensor, at map: BlockMap
  ) -> (y: Tensor, cache: Cache) {
    let pair = self[map]
    let u = matmul(x, transposed: pair.A)
    var y = y
    y.add(matmul(u, transposed: pair.B), scaledBy: scale)
    return (y, Cache(x: x, u: u))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: Cache, at map: BlockMap, into gradient: inout LoRA
  ) -> (dy: Tensor, dx: Tensor?) {
    let pair = self[map]
    let scaled = scale * dy
    let du = matmul(scaled, pair.B)
    if var own = gradient.pairs.removeValue(forKey: map) {
      addMatmul(transposed: scaled, cache.u, to: &own.B)
      addMatmul(transposed: du, cache.x, to: &own.A)
      gradient.pairs[map] = own
    }
    return (dy, matmul(du, pair.A))
  }

  /// W + s B A.
  public func merged(_ weight: Tensor, at map: BlockMap) -> Tensor {
    var sum = weight
    sum.add(matmul(self[map].B, self[map].A), scaledBy: scale)
    return sum
  }

  /// Traps for a map that is not adapted.
  private subscript(map: BlockMap) -> Pair {
    guard let pair = pairs[map] else { preconditionFailure("LoRA: \(map) is not adapted") }
    return pair
  }
}

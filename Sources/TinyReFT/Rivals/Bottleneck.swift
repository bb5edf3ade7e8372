import Foundation

/// Two thin matrices and a bend between them: what both kinds of adapter are made of.
///
///     forward    a = tanh(x·Dᵀ)     Δ = a·Uᵀ
///     backward   da = dΔ·U     dz = da ⊙ (1 − a²)     dU = dΔᵀ·a     dD = dzᵀ·x     dx = dz·D
///
///     shapes     x: [n, in]     Δ: [n, out]     D: [r, in]     U: [out, r]     a, z: [n, r]
///     paper      Houlsby et al. 2019, arXiv:1902.00751v2, section 2.1
///     differs    no biases, and tanh: so are the adapters that ReFT's Table 1 quotes (Hu et al. 2023,
///                arXiv:2304.01933v3, by their code). U begins at zero and D as PyTorch's linear
///                layer, so that Δ = 0; there both begin small
struct Bottleneck: Parameterized {
  /// D, [r, in].
  var down: Tensor
  /// U, [out, r].
  var up: Tensor

  init(
    from input: Int, to output: Int, size r: Int, using stream: inout RandomStream
  ) {
    precondition(r > 0, "Bottleneck: size \(r)")
    down = .torchLinear(rows: r, columns: input, inputs: input, using: &stream)
    up = Tensor(repeating: 0, rows: output, columns: r)
  }

  mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try visit(path + "adapter_down.weight", &down)
    try visit(path + "adapter_up.weight", &up)
  }

  /// Keeps x and a: tanh′ = 1 − tanh², so that z is not needed.
  func forward(_ x: Tensor) -> (delta: Tensor, kept: [Tensor]) {
    var a = matmul(x, transposed: down)
    for k in a.elements.indices { a.elements[k] = tanh(a.elements[k]) }
    return (matmul(a, transposed: up), [x, a])
  }

  /// Returns dx.
  func backward(
    _ dDelta: Tensor, _ kept: [Tensor], into gradient: inout Bottleneck
  ) -> Tensor {
    let (x, a) = (kept[0], kept[1])
    let dz = matmul(dDelta, up).map(with: a) { da, a in da * (1 - a * a) }
    if !gradient.up.isEmpty {
      addMatmul(transposed: dDelta, a, to: &gradient.up)
      addMatmul(transposed: dz, x, to: &gradient.down)
    }
    return matmul(dz, down)
  }
}

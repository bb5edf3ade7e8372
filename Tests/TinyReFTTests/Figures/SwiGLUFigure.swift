@testable import TinyReFT

extension Figures {
  /// silu and its slope: one SwiGLU of width 1 that is fed z and a constant, forwards and backwards.
  @Sendable static func swiGLU() -> Drawing {
    let sizes = DecoderConfiguration(
      vocabularySize: 1, hiddenSize: 2, layerCount: 1, headCount: 1, feedForwardSize: 1,
      contextLength: 1)
    var layer = Decoder(sizes, seed: 0).blocks[0].feedForward
    // x = [z, 1]: the gate reads z, the other view reads 1, and y = [silu(z), 0].
    layer.gate.weight = Tensor([[1, 0]])
    layer.up.weight = Tensor([[0, 1]])
    layer.down.weight = Tensor([[1], [0]])
    let zs = (-60...40).map { Double($0) / 10 }
    typealias Points = [(x: Double, y: Double)]
    var (values, slopes, plain) = (Points(), Points(), Points())
    for z in zs {
      let (y, cache) = layer.forward(Tensor([[Scalar(z), 1]]))
      var gradient = layer.frozen
      let dx = layer.backward(Tensor([[1, 0]]), cache, into: &gradient)
      values.append((z, Double(y[0])))
      slopes.append((z, Double(dx[0])))
      plain.append((z, max(0, z)))
    }
    return Chart(
      title: "silu and its slope", xLabel: "z", yLabel: "",
      series: [
        Chart.Series("silu(z)", color: .blue, points: values),
        Chart.Series("silu′(z)", color: .orange, points: slopes),
        Chart.Series("max(0, z)", color: .grey, points: plain, dashed: true),
      ]
    ).drawing
  }
}

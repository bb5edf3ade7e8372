import Foundation

/// The feed-forward layer of a block: two views of x are multiplied, one of them as a gate.
///
///     forward    g = x · Wgᵀ     u = x · Wuᵀ     a = silu(g) ⊙ u     y = a · Wdᵀ
///                silu(z) = z σ(z),  σ(z) = 1 / (1 + exp(−z))
///     backward   da = dy · Wd    du = da ⊙ silu(g)
///                dg = da ⊙ u ⊙ silu′(g),  silu′(z) = σ(z) (1 + z (1 − σ(z)))
///                dx = dg · Wg + du · Wu
///
///     shapes     x, y: [n, d]     g, u, a: [n, f]     Wg, Wu: [f, d]     Wd: [d, f]
///     paper      Shazeer 2020, arXiv:2002.05202v1, eq. 6
///     differs    nothing; Llama's code calls Wg, Wd, Wu w1, w2, w3
struct SwiGLU: Parameterized {
  var gate: Linear
  var up: Linear
  var down: Linear

  /// Random projections; what they write to the residual stream is scaled by `outputScale`.
  init(_ c: DecoderConfiguration, outputScale: Double, using stream: inout RandomStream) {
    let (d, f) = (c.hiddenSize, c.feedForwardSize)
    gate = Linear(from: d, to: f, using: &stream)
    up = Linear(from: d, to: f, using: &stream)
    down = Linear(from: f, to: d, scale: outputScale, using: &stream)
  }

  mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try gate.walk(path + "gate_proj.", visit)
    try up.walk(path + "up_proj.", visit)
    try down.walk(path + "down_proj.", visit)
  }

  /// What `backward` needs. σ(g) is kept, so that no exponential is computed twice; silu(g) is one
  /// multiplication away.
  struct Cache: Sendable {
    let (ofGate, ofUp, ofDown): (Linear.Cache, Linear.Cache, Linear.Cache)
    let (g, u, sigma): (Tensor, Tensor, Tensor)
  }

  func forward(_ x: Tensor) -> (y: Tensor, cache: Cache) {
    let (g, ofGate) = gate.forward(x)
    let (u, ofUp) = up.forward(x)
    let sigma = g.map { g in 1 / (1 + exp(-g)) }
    let a = g.map(with: u, sigma) { g, u, s in g * s * u }
    let (y, ofDown) = down.forward(a)
    return (y, Cache(ofGate: ofGate, ofUp: ofUp, ofDown: ofDown, g: g, u: u, sigma: sigma))
  }

  /// Returns dx, and adds the gradients of the three matrices to `gradient`.
  func backward(_ dy: Tensor, _ cache: Cache, into gradient: inout SwiGLU) -> Tensor {
    let da = down.backward(dy, cache.ofDown, into: &gradient.down)
    let du = da.map(with: cache.g, cache.sigma) { da, g, s in da * (g * s) }
    var dg = consume da
    dg.update(with: cache.g, cache.sigma) { da, g, s in da * s * (1 + g * (1 - s)) }
    dg.multiply(by: cache.u)
    var dx = gate.backward(dg, cache.ofGate, into: &gradient.gate)
    dx += up.backward(du, cache.ofUp, into: &gradient.up)
    return dx
  }
}

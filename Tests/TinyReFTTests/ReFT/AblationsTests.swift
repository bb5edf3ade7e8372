import Testing

@testable import TinyReFT

@Suite("The ablation family (docs/36-ablations.md)")
struct AblationsTests {
  /// Φ, Δ's slopes for dΔ = [1, 0] and where they go: what the four worked examples print.
  private func run<Form: AblationForm>(
    _ phi: Ablation<Form>, _ h: [Scalar]
  ) -> (h: Tensor, dh: Tensor, gradient: Ablation<Form>) {
    var gradient = phi.zeroed
    let dh = phi.backward(Tensor([[1, 0]]), phi.forward(Tensor([h])).cache, into: &gradient)
    return (phi(Tensor([h])), dh, gradient)
  }

  @Test("by hand: the same R, W, b and h in four equations")
  func workedExample() {
    let (R, W, b) = (Tensor([[0.6, 0.8]]), Tensor([[1, -1]]), Tensor([[2]]))

    // R h = 3 and W h = 5. ConsReFT: u = b − R h = −1, so Δ = [−0.6, −0.8], and R Φ(h) = 2 = b.
    expectClose(ConsReFT(A: R, b: b)(Tensor([[5, 0]])), [4.4, -0.8])
    // LobiReFT: u = b = 2.
    expectClose(LobiReFT(A: R, b: b)(Tensor([[5, 0]])), [6.2, 1.6])
    // Orthonormal DiReFT: u = W h + b = 7.
    expectClose(OrthonormalDiReFT(A: R, In: W, b: b)(Tensor([[5, 0]])), [9.2, 5.6])
    // NoReFT: W1 h + b − W2 h = 5 − 6 + 3 − (10 + 24) = −32.
    let no = NoReFT(A: Tensor([[2, 4]]), In: W, b: Tensor([[3]]))
    #expect(no(Tensor([[5, 6]])) == Tensor([[-59, -122]]))
  }

  @Test("by hand, backward: du = 0.6 with R, and 2 with W2 = [2, 4]")
  func workedBackward() {
    let (R, W, b) = (Tensor([[0.6, 0.8]]), Tensor([[1, -1]]), Tensor([[2]]))
    // dR = u · [1, 0] − 0.6 · h = [−4, 0], of which the part along R, −2.4 · R, is lost.
    let cons = run(ConsReFT(A: R, b: b), [5, 0])
    expectClose(cons.gradient.A, [-2.56, 1.92])
    expectClose(cons.gradient.b, [0.6])
    expectClose(cons.dh, [-0.36, -0.48])
    // dR = [2, 0], of which 1.2 · R is lost. Every h gets the same, so h has no slope.
    let lobi = run(LobiReFT(A: R, b: b), [5, 0])
    expectClose(lobi.gradient.A, [1.28, -0.96])
    #expect(lobi.dh == Tensor([[0, 0]]))
    // dR = [7, 0], of which 4.2 · R is lost; dW = 0.6 · h and dh = 0.6 · W.
    let direct = run(OrthonormalDiReFT(A: R, In: W, b: b), [5, 0])
    expectClose(direct.gradient.A, [4.48, -3.36])
    expectClose(direct.gradient.In, [3, 0])
    expectClose(direct.dh, [0.6, -0.6])
    // dW2 = −32 · [1, 0] − 2 · h, dW1 = 2 · h and dh = 2 · (W1 − W2); nothing is lost.
    let no = run(NoReFT(A: Tensor([[2, 4]]), In: W, b: Tensor([[3]])), [5, 6])
    #expect(no.gradient.A == Tensor([[-42, -12]]))
    #expect(no.gradient.In == Tensor([[10, 12]]))
    #expect(no.dh == Tensor([[-2, -10]]))
  }

  private static let all: [any InterventionFunction.Type] = [
    NoReFT.self, ConsReFT.self, LobiReFT.self, OrthonormalDiReFT.self,
  ]
  private let h = Tensor.random(rows: 3, columns: 5, seed: 3)
  private let dDelta = Tensor.random(rows: 3, columns: 5, seed: 4)

  /// A Φ whose rows of A are neither of length one nor at right angles.
  private func generic<Phi: InterventionFunction>(_: Phi.Type, r: Int = 2, d: Int = 5) -> Phi {
    var stream = RandomStream(seed: 1)
    var phi = Phi(rank: r, width: d, start: .random, using: &stream)
    phi.walk("") { $1 += .uniform(rows: $1.rows, columns: $1.columns, using: &stream) }
    return phi
  }

  @Test("every gradient agrees with central differences, adds up, and is spared when frozen")
  func gradients() {
    func check<Phi: InterventionFunction>(_ type: Phi.Type) {
      for (r, d) in [(2, 5), (1, 5), (5, 5)] {
        expectGradients(of: generic(type, r: r, d: d), at: h) { phi, h in
          phi.forward(h).delta.dot(dDelta)
        } backward: { phi, h, gradient in
          phi.backward(dDelta, phi.forward(h).cache, into: &gradient)
        }
      }
      let phi = generic(type)
      let cache = phi.forward(h).cache
      var (gradient, frozen) = (phi.zeroed, phi.frozen)
      let dh = phi.backward(dDelta, cache, into: &gradient)
      let once = gradient
      _ = phi.backward(dDelta, cache, into: &gradient)
      for (twice, once) in zip(gradient.parameters, once.parameters) {
        expectClose(twice.tensor, 2 * once.tensor)
      }
      #expect(phi.backward(dDelta, cache, into: &frozen) == dh)
      #expect(frozen.parameterCount == 0)
    }
    for type in Self.all { check(type) }
  }

  /// The two members that have files of their own, as members of the family.
  private enum LoReFTForm: AblationForm {
    static let (method, reads, replaces, isOrthonormal) = ("eq. 2", true, true, true)
  }
  private enum DiReFTForm: AblationForm {
    static let (method, reads, replaces, isOrthonormal) = ("eq. 3", true, false, false)
  }

  @Test("with all three, the family is LoReFT; with In alone, DiReFT: values and gradients")
  func ends() {
    let lo = LoReFTTests.generic(rank: 2, width: 5)
    expectSame(lo, Ablation<LoReFTForm>(A: lo.A, In: lo.W, b: lo.b), ["R", "W", "b"])
    let di = generic(DiReFT.self)
    expectSame(di, Ablation<DiReFTForm>(A: di.W2, In: di.W1, b: di.b), ["W2", "W1", "b"])
  }

  private func expectSame(
    _ one: some InterventionFunction, _ other: some InterventionFunction, _ names: [String]
  ) {
    expectClose(one(h), other(h))
    #expect(other.parameters.map(\.name) == names)
    let (one, other) = (slopes(of: one), slopes(of: other))
    #expect(one.keys == other.keys)
    for (name, slope) in one { expectClose(other[name] ?? .none, slope) }
  }

  private func slopes<Phi: InterventionFunction>(of phi: Phi) -> [String: Tensor] {
    var gradient = phi.zeroed
    let dh = phi.backward(dDelta, phi.forward(h).cache, into: &gradient)
    return Dictionary(uniqueKeysWithValues: gradient.parameters + [("h", dh)])
  }

  @Test("what each keeps of LoReFT: where it ends up, and what stays as it was")
  func properties() {
    func rest(_ x: Tensor, _ R: Tensor) -> Tensor { x - matmul(matmul(x, transposed: R), R) }
    let (cons, lobi) = (generic(ConsReFT.self), generic(LobiReFT.self))
    let direct = generic(OrthonormalDiReFT.self)
    for (edited, R) in [
      (cons(h), cons.Out), (lobi(h), lobi.Out), (direct(h), direct.Out),
    ] {
      expectClose(rest(edited, R), rest(h, R))
    }
    // R Φ(h) = b whatever h is; so a second Φ changes nothing.
    var b = Tensor.zeros(like: Tensor(repeating: 0, rows: 3, columns: 2))
    b.addToEachRow(cons.b)
    expectClose(matmul(cons(h), transposed: cons.Out), b)
    expectClose(cons(cons(h)), cons(h))
    // One vector for all: a second Φ adds it again.
    expectClose(lobi(lobi(h)) - lobi(h), lobi(h) - h)
    // The difference is folded into W1: NoReFT can do what DiReFT can, and no more.
    let no = generic(NoReFT.self)
    expectClose(no(h), DiReFT(W1: no.In - no.Out, W2: no.Out, b: no.b)(h))
  }

  @Test("the identity is where training starts, but ConsReFT has none and starts as pyreft's")
  func starts() {
    func start<Phi: InterventionFunction>(_ type: Phi.Type, _ start: Start) -> Phi {
      var stream = RandomStream(seed: 1)
      return Phi(rank: 2, width: 5, start: start, using: &stream)
    }
    func checkIdentity<Phi: InterventionFunction>(_ type: Phi.Type) {
      let phi = start(type, .identity)
      #expect(phi(h) == h, "\(Phi.method)")
      #expect(slopes(of: phi)["b"]?.largestMagnitude ?? 0 > 0.1)
      #expect(start(type, .random)(h) != h)
    }
    for type in Self.all where type != ConsReFT.self {
      checkIdentity(type)
    }
    #expect(start(ConsReFT.self, .identity)(h) != h)
    #expect(start(ConsReFT.self, .identity) == start(ConsReFT.self, .random))
    // b is uniform in [0, 1) where nothing is read, within ±1/√d where something is.
    var stream = RandomStream(seed: 1)
    let lobi = LobiReFT(rank: 64, width: 64, start: .random, using: &stream).b.elements
    #expect(lobi.min() ?? -1 >= 0 && lobi.max() ?? 2 <= 1 && lobi.reduce(0, +) / 64 > 0.4)
    let no = NoReFT(rank: 64, width: 64, start: .random, using: &stream)
    #expect(no.parameters.allSatisfy { $0.tensor.largestMagnitude <= 0.125 })
    #expect(no.b.elements.contains { $0 < 0 } && no.In != no.Out)
  }

  @Test("2rd + r parameters, and rd + r where In is missing: the paper's 4,097 and 5,121")
  func count() {
    func count<Phi: InterventionFunction>(_ type: Phi.Type, _ rank: Int, _ width: Int) -> Int {
      var stream = RandomStream(seed: 1)
      return Phi(rank: rank, width: width, start: .random, using: &stream).parameterCount
    }
    #expect(count(ConsReFT.self, 1, 4096) == 4097 && count(LobiReFT.self, 1, 5120) == 5121)
    #expect(count(NoReFT.self, 4, 4096) == 32_772)
    #expect(count(OrthonormalDiReFT.self, 4, 4096) == 32_772)
  }

  @Test("R in the place of A is the same function, bit for bit; W2 is left as it is")
  func ownR() {
    let (cons, no) = (generic(ConsReFT.self), generic(NoReFT.self))
    #expect(cons.orthonormalised.A == cons.Out && cons.orthonormalised.A != cons.A)
    #expect(cons.orthonormalised(h) == cons(h))
    #expect(cons.orthonormalised.departure ?? 1 < 1e-6)
    #expect(no.orthonormalised == no && no.departure == nil)
  }

  @Test("wrong shapes trap")
  func traps() async {
    await #expect(processExitsWith: .failure) {
      var stream = RandomStream(seed: 1)
      _ = LobiReFT(rank: 4, width: 3, start: .identity, using: &stream)
    }
  }

  @Test(.disabled("exercise 36.1: a fifth form, which neither reads nor replaces, with a free Out"))
  func exercise() {
    // h + W2ᵀ b: one vector of d free numbers, in r · d + r of them. Give it a name and a method, and
    // say for which r it can do more than LobiReFT.
    #expect(ReFTConfiguration.methods.contains { $0.method == "vector" })
  }
}

import Testing

@testable import TinyReFT

@Suite("ReFT (docs/30-interventions.md)")
struct ReFTTests {
  static let decoder = Decoder(
    DecoderConfiguration(
      vocabularySize: 11, hiddenSize: 6, layerCount: 3, headCount: 4, keyValueHeadCount: 2,
      headWidth: 2, feedForwardSize: 5, contextLength: 16), seed: 1)

  static func method(
    layers: [Int], _ positions: Positions, _ sharing: Sharing = .side, dropout: Scalar = 0
  ) -> ReFT<LoReFT> {
    var reft = ReFT<LoReFT>(
      rank: 2, width: 6, layers: layers, positions: positions, sharing: sharing, start: .random,
      seed: 2)
    reft.dropout = dropout
    return reft
  }

  @Test("which Φ edits which position: layers 10 and 20, f1+l2")
  func table() {
    func names(_ sharing: Sharing) -> [String] {
      Self.method(layers: [10, 20], .ends(prefix: 1, suffix: 2), sharing).interventions.map(\.path)
    }
    #expect(names(.layer) == ["layers.10.shared.", "layers.20.shared."])
    #expect(
      names(.side) == [
        "layers.10.prefix.", "layers.10.suffix.", "layers.20.prefix.", "layers.20.suffix.",
      ])
    #expect(
      names(.position) == [
        "layers.10.prefix.0.", "layers.10.suffix.0.", "layers.10.suffix.1.",
        "layers.20.prefix.0.", "layers.20.suffix.0.", "layers.20.suffix.1.",
      ])
  }

  @Test(
    "the paper's counts: Φs × (2rd + r)",
    arguments: [
      (layers: 32, rank: 8, width: 4096, Sharing.layer, 2_097_408),  // LLaMA-7B, table 1
      (32, 4, 4096, .side, 2_097_408),
      (4, 4, 4096, .side, 262_176),  // Llama-2 7B, table 3, and its half
      (4, 4, 4096, .layer, 131_088),
      (12, 1, 768, .layer, 18_444),  // RoBERTa-base, table 4
    ])
  func count(layers: Int, rank: Int, width: Int, sharing: Sharing, count: Int) {
    let reft = ReFT<DiReFT>(
      rank: rank, width: width, layers: Array(0..<layers), positions: .ends(prefix: 7, suffix: 7),
      sharing: sharing, seed: 1)
    #expect(reft.parameterCount == count)
  }

  /// Two prompts, one of 5 tokens and one of 2, and their completions.
  static let batch = Batch([
    TokenSequence(tokens: [1, 2, 3, 4, 5, 6, 7], promptLength: 5),
    TokenSequence(tokens: [8, 9, 10], promptLength: 2),
  ])

  @Test("by hand: after its layer, only the positions in P differ from the base, bit for bit")
  func onlyP() {
    let base = AdaptedDecoder(Self.decoder, Unadapted()).forward(Self.batch).cache.hidden
    let reft = Self.method(layers: [1], .ends(prefix: 0, suffix: 2))
    let edited = AdaptedDecoder(Self.decoder, reft).forward(Self.batch).cache.hidden
    func differing(_ l: Int) -> [Int] {
      (0..<10).filter { edited[l].gathered(rows: [$0]) != base[l].gathered(rows: [$0]) }
    }
    // hidden[l] is what block l reads, so the edit after block 1 is first seen in hidden[2].
    #expect(differing(0) == [])
    #expect(differing(1) == [])
    // The last two of rows 0 … 4, and both of rows 7 … 8.
    #expect(differing(2) == [3, 4, 7, 8])
    // Block 2 lets later tokens of the same sequence see them, earlier ones never.
    #expect(differing(3) == [3, 4, 5, 6, 7, 8, 9])
    // Block 2 itself is not edited.
    #expect(reft.forward(base[3], afterBlock: 2, of: Self.batch).h == base[3])
  }

  @Test("dh and every gradient agree with central differences", arguments: Sharing.allCases)
  func gradients(sharing: Sharing) {
    let reft = Self.method(layers: [0, 1], .ends(prefix: 1, suffix: 2), sharing, dropout: 0.25)
      .moved
    let batch = Batch(
      [
        TokenSequence(tokens: [1, 2, 3, 4, 5, 6, 7], promptLength: 5),
        TokenSequence(tokens: [8, 9, 10], promptLength: 2),
      ], dropoutSeed: 3)
    let dy = Tensor.random(rows: 10, columns: 6, seed: 4)
    expectGradients(
      of: reft, at: .random(rows: 10, columns: 6, seed: 3),
      loss: { reft, h in reft.forward(h, afterBlock: 1, of: batch).h.dot(dy) },
      backward: { reft, h, gradient in
        let (_, cache) = reft.forward(h, afterBlock: 1, of: batch)
        return reft.backward(dy, cache, afterBlock: 1, into: &gradient)
      })
  }

  @Test("after the last block only the last prompt token is read, so the prefix has no gradient")
  func lastLayer() {
    let model = AdaptedDecoder(
      Self.decoder, Self.method(layers: [1, 2], .ends(prefix: 1, suffix: 1)))
    let (logits, cache) = model.forward(Self.batch)
    var gradient = model.adaptationOnly
    model.backward(logits, cache, into: &gradient)
    let learns = gradient.adaptation.interventions.map { $0.phi.b.largestMagnitude > 0 }
    // layers.1.prefix, layers.1.suffix, layers.2.prefix, layers.2.suffix.
    #expect(learns == [true, true, false, true])
    #expect(gradient.decoder.parameterCount == 0)
  }

  /// h = 0 and Δ = 1 everywhere, so the edited rows show the mask itself.
  private func mask(seed: UInt64?, layer: Int = 0) -> Tensor {
    let one = DiReFT(
      W1: Tensor(repeating: 0, columns: 40), W2: Tensor(repeating: 1, columns: 40),
      b: Tensor([[1]]))
    let set = Sharing.layer.groups(of: .all)[0]
    var reft = ReFT(
      [0, 1].map { Intervention(phi: one, positions: set, layer: $0) }, positions: .all)
    reft.dropout = 0.2
    let tokens = [Int](repeating: 0, count: 50)
    let batch = Batch([TokenSequence(tokens: tokens, promptLength: 50)], dropoutSeed: seed)
    return reft.forward(Tensor(repeating: 0, rows: 50, columns: 40), afterBlock: layer, of: batch).h
  }

  @Test("dropout drops its share, and the rest makes up for it")
  func dropoutShare() {
    let mask = mask(seed: 1)
    #expect(Set(mask.elements) == [0, 1 / (1 - 0.2)])
    // 2000 numbers: the share that is dropped has a deviation of √(0.2 · 0.8 / 2000) = 0.009.
    let dropped = Double(mask.elements.count { $0 == 0 }) / 2000
    #expect(abs(dropped - 0.2) < 0.03)
    #expect(self.mask(seed: nil) == Tensor(repeating: 1, rows: 50, columns: 40))
  }

  @Test("the same seed drops the same numbers, another seed or intervention others")
  func dropoutSeeds() {
    #expect(mask(seed: 1) == mask(seed: 1))
    #expect(mask(seed: 1) != mask(seed: 2))
    #expect(mask(seed: 1) != mask(seed: 1, layer: 1))
  }

  @Test("loss and gradient have the same bits on any number of threads")
  func threads() {
    let model = AdaptedDecoder(
      Self.decoder, Self.method(layers: [0, 2], .ends(prefix: 1, suffix: 1), dropout: 0.25))
    let examples = (0..<20).map { i in
      TokenSequence(tokens: (0...i % 5 + 2).map { ($0 * i + 1) % 11 }, promptLength: i % 3 + 1)
    }
    func run(_ threads: Int) -> (loss: Double, gradients: [Tensor]) {
      let (loss, gradient) = model.lossAndGradient(
        of: examples, zero: model.adaptationOnly, threads: threads, dropoutSeed: 7)
      return (loss, gradient.parameters.map(\.tensor))
    }
    let one = run(1)
    for threads in 2...8 {
      let many = run(threads)
      #expect(many.loss == one.loss && many.gradients == one.gradients, "\(threads) threads")
    }
  }

  @Test("a third block of positions is a set like any other")
  func thirdBlock() {
    let reft = Self.method(layers: [0], .ends(prefix: 5, suffix: 1))
    let phi = reft.interventions[0].phi
    let sets = [
      PositionSet(name: "first", prefix: 0..<1, suffix: 0..<0),
      PositionSet(name: "third", prefix: 2..<4, suffix: 0..<0),
      PositionSet(name: "last", prefix: 0..<0, suffix: 0..<1),
    ]
    let three = ReFT(
      sets.map { Intervention(phi: phi, positions: $0, layer: 0) }, positions: reft.positions)
    let h = Tensor.random(rows: 9, columns: 6, seed: 3)
    let batch = Batch([TokenSequence(tokens: Array(0..<9), promptLength: 8)])
    let edited = three.forward(h, afterBlock: 0, of: batch).h
    let changed = (0..<9).filter { edited.gathered(rows: [$0]) != h.gathered(rows: [$0]) }
    #expect(changed == [0, 2, 3, 7])
  }

  @Test("a method and a base made from the same seed are unlike")
  func seeds() throws {
    let base = Decoder(
      DecoderConfiguration(
        vocabularySize: 8, hiddenSize: 200, layerCount: 0, headCount: 1, feedForwardSize: 1,
        contextLength: 4), seed: 1)
    let reft = ReFT<LoReFT>(
      rank: 1, width: 200, layers: [0], positions: .all, sharing: .layer, seed: 1)
    let (R, E) = (try #require(reft.interventions.first).phi.R, base.embedding.weight)
    for token in 0..<8 {
      let vector = E.gathered(rows: [token])
      // The cosine of two random directions of 200 numbers is about 1/√200 = 0.07.
      #expect(abs(R.dot(vector)) / vector.dot(vector).squareRoot() < 0.4)
    }
  }

  @Test("two interventions at the same place trap")
  func overlap() async {
    await #expect(processExitsWith: .failure) {
      _ = ReFTTests.method(layers: [1, 1], .ends(prefix: 1, suffix: 1))
    }
  }

  @Test("by hand: what no edit can reach, below the lowest layer and before the first position")
  func fixedParts() throws {
    func fixed(_ layers: [Int], _ positions: String) throws -> (blocks: Int, tokens: [Int]) {
      let reft = ReFT<LoReFT>(
        rank: 1, width: 3, layers: layers, positions: try #require(Positions(positions)),
        sharing: .side, seed: 1)
      let first = [9, 4, 1].compactMap(reft.firstEdit(ofPrompt:))
      return (first[0].block + 1, first.map(\.token))
    }
    #expect(try fixed([2, 1], "f2+l2") == (2, [0, 0, 0]))
    // Of 9 tokens the last three are edited, of 4 too, and of 1 that one.
    #expect(try fixed([0], "l3") == (1, [6, 1, 0]))
    #expect(try fixed([3], "f1") == (4, [0, 0, 0]))
    #expect(try fixed([0], "all") == (1, [0, 0, 0]))
  }

  @Test(.disabled("exercise 30.1: pyreft's dropout, mask ⊙ (h + Δ) at the edited positions"))
  func exercise() {
    var reft = ReFT<LoReFT>(
      rank: 2, width: 6, layers: [0], positions: .all, sharing: .layer, start: .identity, seed: 2)
    reft.dropout = 0.5
    let h = Tensor.random(rows: 7, columns: 6, seed: 3)
    let batch = Batch([TokenSequence(tokens: Array(0..<7), promptLength: 7)], dropoutSeed: 3)
    // Φ is the identity, and still each number of h is either lost or doubled.
    let dropped = reft.forward(h, afterBlock: 0, of: batch).h
    for (after, before) in zip(dropped.elements, h.elements) {
      #expect(after == 0 || after == 2 * before)
    }
  }
}

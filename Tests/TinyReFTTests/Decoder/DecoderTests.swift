import Synchronization
import Testing

@testable import TinyReFT

@Suite("Decoder (docs/26-decoder.md)")
struct DecoderTests {
  static let configuration = DecoderConfiguration(
    vocabularySize: 11, hiddenSize: 6, layerCount: 2, headCount: 4, keyValueHeadCount: 2,
    headWidth: 2, feedForwardSize: 5, contextLength: 16)

  static let examples = [
    TokenSequence(tokens: [1, 2, 3, 4, 5, 6, 7], promptLength: 4),
    TokenSequence(tokens: [8, 9, 10], promptLength: 1),
    TokenSequence(tokens: [0, 3, 3, 1, 2], promptLength: 3),
  ]

  /// A decoder with interventions after both of its blocks.
  static func model(tied: Bool = true, sharing: Sharing = .side) -> AdaptedDecoder<ReFT<LoReFT>> {
    var c = configuration
    c.tiesEmbeddings = tied
    let reft = ReFT<LoReFT>(
      rank: 2, width: 6, layers: [0, 1], positions: .ends(prefix: 1, suffix: 2), sharing: sharing,
      start: .random, seed: 2)
    return AdaptedDecoder(Decoder(c, seed: 1), reft)
  }

  @Test("by hand: an edit after the only block, and blocks that write nothing")
  func workedExample() {
    var decoder = Decoder(
      DecoderConfiguration(
        vocabularySize: 3, hiddenSize: 2, layerCount: 1, headCount: 1, feedForwardSize: 1,
        contextLength: 4, normEpsilon: 0),
      seed: 1)
    decoder.blocks[0].attention.output.weight = Tensor([[0, 0], [0, 0]])
    decoder.blocks[0].feedForward.down.weight = Tensor([[0], [0]])
    decoder.embedding.weight = Tensor([[1, 3], [10, 0], [0, 10]])
    let batch = Batch([TokenSequence(tokens: [0, 2], promptLength: 1)])

    // Token 0 is embedded as [1, 3]. The edit adds [0, 4]; [1, 7] has size 5, so the norm makes it
    // [0.2, 1.4], which is compared with every row of E: 0.2 + 4.2, 2 and 14.
    let edit = AddAfterBlock(layer: 0, vector: Tensor([[0, 4]]))
    expectClose(AdaptedDecoder(decoder, edit).forward(batch).logits, [4.4, 2, 14])
  }

  @Test(
    "every gradient of decoder and interventions agrees with central differences",
    arguments: [true, false], Sharing.allCases)
  func gradients(tied: Bool, sharing: Sharing) {
    var model = Self.model(tied: tied, sharing: sharing)
    model.adaptation = model.adaptation.moved
    model.adaptation.dropout = 0.25
    let batch = Batch(Self.examples, dropoutSeed: 3)
    let checks = checkParameterGradients(
      of: model, gradient: Self.gradient(of: model, on: batch, into: model.zeroed)
    ) { Self.loss(of: $0, on: batch).loss }
    // A loss that went through a whole decoder is rounded more often than a layer's output, so two
    // more digits are given back: 4e-8 in Double, and in Float 2e-2, which sees only missing terms.
    for check in checks {
      #expect(check.error < 100 * gradientTolerance, "\(check.name): relative error \(check.error)")
    }
  }

  @Test("a frozen decoder has no gradient, and the interventions' is the same, bit for bit")
  func frozen() {
    let (model, batch) = (Self.model(), Batch(Self.examples))
    let both = Self.gradient(of: model, on: batch, into: model.zeroed)
    let only = Self.gradient(of: model, on: batch, into: model.adaptationOnly)
    #expect(only.decoder.parameterCount == 0)
    #expect(only.adaptation.interventions.map(\.phi) == both.adaptation.interventions.map(\.phi))
  }

  @Test("the gradient adds up over calls")
  func accumulation() {
    let (model, batch) = (Self.model(), Batch(Self.examples))
    let once = Self.gradient(of: model, on: batch, into: model.zeroed)
    let twice = Self.gradient(of: model, on: batch, into: once)
    for (twice, once) in zip(twice.parameters, once.parameters) {
      expectClose(twice.tensor, 2 * once.tensor)
    }
  }

  @Test("sequences in a batch give what each gives alone, bit for bit")
  func sequencesAreApart() {
    let model = Self.model()
    let together = model.forward(Batch(Self.examples))
    let alone = Self.examples.map { model.forward(Batch([$0])) }
    #expect(together.logits.elements == alone.flatMap(\.logits.elements))
    for l in 0...2 {
      #expect(together.cache.hidden[l].elements == alone.flatMap(\.cache.hidden[l].elements))
    }
  }

  @Test("an edit after block 0 changes its own rows there, and above only rows that see them")
  func reachOfAnEdit() {
    let (decoder, batch) = (Self.model().decoder, Batch(Self.examples))
    let l2 = ReFT<LoReFT>(
      rank: 2, width: 6, layers: [0], positions: .ends(prefix: 0, suffix: 2), sharing: .layer,
      start: .random, seed: 2)
    let base = AdaptedDecoder(decoder, Unadapted()).forward(batch).cache.hidden
    let edited = AdaptedDecoder(decoder, l2).forward(batch).cache.hidden
    func changed(_ l: Int) -> [Int] {
      batch.tokens.indices.filter {
        base[l].elements[base[l].row($0)] != edited[l].elements[edited[l].row($0)]
      }
    }
    // The last two tokens of the prompts 0..<4, 7..<8 (which has only one) and 10..<13.
    #expect(changed(0) == [])
    #expect(changed(1) == [2, 3, 7, 11, 12])
    #expect(changed(2) == [2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14])
  }

  @Test("after the last block, an edit of a row without a target gets no gradient")
  func lastBlock() {
    let (model, batch) = (Self.model(), Batch(Self.examples))
    let gradient = Self.gradient(of: model, on: batch, into: model.adaptationOnly)
    let sizes = gradient.adaptation.parameters.map { $0.tensor.largestMagnitude }
    // R, W and b of: block 0's prefix and suffix, block 1's prefix (row 0 of a prompt) and suffix.
    #expect(sizes.map { $0 > 0 } == [1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1].map { $0 == 1 })
  }

  @Test("a batch without targets has no logits and a gradient of zero")
  func noTargets() {
    let model = Self.model()
    let batch = Batch([TokenSequence(tokens: [1, 2, 3], promptLength: 3)])
    #expect(model.forward(batch).logits.rows == 0)
    #expect(Self.gradient(of: model, on: batch, into: model.zeroed).norm == 0)
  }

  @Test("the same seed gives the same weights, another seed others")
  func seeds() {
    func weights(_ seed: UInt64) -> [Tensor] {
      Decoder(Self.configuration, seed: seed).parameters.map(\.tensor)
    }
    #expect(weights(1) == weights(1))
    #expect(weights(1) != weights(2))
  }

  @Test("names and their order are Hugging Face's")
  func names() {
    var c = Self.configuration
    (c.layerCount, c.tiesEmbeddings) = (1, false)
    let names = Decoder(c, seed: 1).parameters.map(\.name)
    let block = [
      "input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
      "self_attn.o_proj", "post_attention_layernorm", "mlp.gate_proj", "mlp.up_proj",
      "mlp.down_proj",
    ]
    #expect(
      names == ["model.embed_tokens.weight"] + block.map { "model.layers.0.\($0).weight" } + [
        "model.norm.weight", "lm_head.weight",
      ])
  }

  @Test(
    "a decoder to be filled in has the names of a real one, and the shapes are known beforehand")
  func unfilled() {
    for tied in [true, false] {
      var c = BaseModelTests.configuration
      (c.tiesEmbeddings, c.rotaryScaling) = (
        tied, RotaryScaling(factor: 2, lowTurns: 1, highTurns: 4, originalContextLength: 9)
      )
      let (real, empty) = (Decoder(c, seed: 1), Decoder(unfilled: c))
      #expect(empty.parameters.map(\.name) == real.parameters.map(\.name))
      #expect(empty.parameterCount == 0)
      for (name, stored) in Safetensors(real).tensors { #expect(c.shape(of: name) == stored.shape) }

      // Filled in, it computes the same: what is kept beside the weights is the same too.
      var filled = empty
      let weights = Dictionary(uniqueKeysWithValues: real.parameters.map { ($0.name, $0.tensor) })
      filled.walk("") { name, tensor in tensor = weights[name] ?? .none }
      let batch = Batch([TokenSequence(tokens: [3, 1, 4, 1], promptLength: 1)])
      let logits = AdaptedDecoder(real, Unadapted()).forward(batch).logits
      #expect(AdaptedDecoder(filled, Unadapted()).forward(batch).logits == logits)
    }
  }

  @Test("parameters by arithmetic: of this decoder, and of LLaMA-7B")
  func parameterCount() {
    func count(_ c: DecoderConfiguration) -> Int {
      let (d, inner) = (c.hiddenSize, c.headCount * c.headWidth)
      let grouped = c.keyValueHeadCount * c.headWidth
      let block = 2 * d + 2 * d * inner + 2 * d * grouped + 3 * d * c.feedForwardSize
      return (c.tiesEmbeddings ? 1 : 2) * c.vocabularySize * d + c.layerCount * block + d
    }
    // E 66, two blocks of (12 + 96 + 48 + 90), the last norm 6.
    #expect(count(Self.configuration) == 564)
    #expect(Decoder(Self.configuration, seed: 1).parameterCount == 564)

    let llama7B = DecoderConfiguration(
      vocabularySize: 32_000, hiddenSize: 4096, layerCount: 32, headCount: 32,
      feedForwardSize: 11_008, contextLength: 2048, tiesEmbeddings: false)
    #expect(count(llama7B) == 6_738_415_616)
  }

  static func loss(
    of model: AdaptedDecoder<ReFT<LoReFT>>, on batch: Batch
  ) -> (loss: Double, cache: CrossEntropy.Cache) {
    CrossEntropy.forward(model.forward(batch).logits, targets: batch.targets.map(\.token))
  }

  static func gradient(
    of model: AdaptedDecoder<ReFT<LoReFT>>, on batch: Batch,
    into zero: AdaptedDecoder<ReFT<LoReFT>>
  ) -> AdaptedDecoder<ReFT<LoReFT>> {
    var gradient = zero
    let dlogits = CrossEntropy.backward(loss(of: model, on: batch).cache, weight: 1)
    model.backward(dlogits, model.forward(batch).cache, into: &gradient)
    return gradient
  }
}

/// Adds one vector to every row after one block, and notes which rows it was shown.
struct AddAfterBlock: Adaptation {
  let layer: Int
  let vector: Tensor
  let log = Log()

  final class Log: Sendable {
    /// After which block, and how many rows of prompts: one entry for each call of `forward`.
    let calls = Mutex<[[Int]]>([])
  }

  func walk(_ path: String, _ visit: (String, inout Tensor) throws -> Void) rethrows {}

  func forward(_ h: Tensor, afterBlock layer: Int, of batch: Batch) -> (h: Tensor, cache: Void) {
    let rows = batch.rows { n in [0..<n] }
    log.calls.withLock { $0.append([layer, rows.count]) }
    var h = h
    if layer == self.layer { for row in rows { h.scatterAdd(vector, rows: [row]) } }
    return (h, ())
  }

  func backward(
    _ dh: Tensor, _ cache: Void, afterBlock layer: Int, into gradient: inout AddAfterBlock
  ) -> Tensor { dh }

  func firstEdit(ofPrompt n: Int) -> (block: Int, token: Int)? { (0, 0) }
}

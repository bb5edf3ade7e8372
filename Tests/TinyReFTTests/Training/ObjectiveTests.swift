import Foundation
import Synchronization
import Testing

@testable import TinyReFT

@Suite("Objective (docs/40-training.md)")
struct ObjectiveTests {
  /// Two tokens and no blocks: the next token is the same one again with probability 3/4.
  ///
  /// Token 0 is [1, 1] and token 1 is [1, −1], both of size one, so that x̂ is the embedding itself.
  /// With g = [½ log 3, ½ log 3] the logits are log 3 for the token itself and 0 for the other.
  static func repeater() -> AdaptedDecoder<Unadapted> {
    var decoder = Decoder(
      DecoderConfiguration(
        vocabularySize: 2, hiddenSize: 2, layerCount: 0, headCount: 1, feedForwardSize: 1,
        contextLength: 8, normEpsilon: 0), seed: 1)
    decoder.embedding.weight = Tensor([[1, 1], [1, -1]])
    decoder.norm.gain = Tensor(repeating: log(Scalar(3)) / 2, columns: 2)
    return AdaptedDecoder(decoder, Unadapted())
  }

  @Test("by hand: one expected and one surprising target")
  func workedExample() {
    let model = Self.repeater()
    // Prompt 0, completion 0 1: log 4/3 for the repetition, log 4 for the change, two targets.
    let example = TokenSequence(tokens: [0, 0, 1], promptLength: 1)
    let (loss, gradient) = model.lossAndGradient(of: [example], zero: model.zeroed, threads: 1)
    #expect(abs(loss - (log(4.0 / 3) + log(4.0)) / 2) < 1e-6)

    // dlogits = (p − onehot) / 2 = [[−1/8, 1/8], [3/8, −3/8]]. Times E: [[0, −1/4], [0, 3/4]].
    // x̂ = [1, 1] in both rows, so dg is the sum of the rows.
    expectClose(gradient.decoder.norm.gain, [0, 0.5])
  }

  @Test("the mean is over the targets of the batch, not over its sequences or shards")
  func meanOverTargets() {
    let model = Self.repeater()
    let batch = [
      TokenSequence(tokens: [1, 1], promptLength: 1),
      TokenSequence(tokens: [0, 1, 0, 0], promptLength: 1),
    ]
    #expect(shardRanges(count: 2).count == 2)
    let (loss, gradient) = model.lossAndGradient(of: batch, zero: model.zeroed, threads: 1)
    #expect(abs(loss - (2 * log(4.0 / 3) + 2 * log(4.0)) / 4) < 1e-6)
    // A repetition's −log σ(2g₂) has the slope −1/2 in g₂, a change's −log σ(−2g₂) has 3/2:
    // (2 · (−1/2) + 2 · 3/2) / 4 = 1/2. Two means, one for each shard, would add up to 1/3.
    expectClose(gradient.decoder.norm.gain, [0, 0.5])
  }

  @Test("prompts carry no loss", arguments: [[0], [1, 0], [0, 0], [0, 1, 0]])
  func promptsAreFree(prompt: [Int]) {
    let model = Self.repeater()
    // The same two targets as in the worked example, after prompts that are surprising or not.
    let example = TokenSequence(tokens: prompt + [0, 1], promptLength: prompt.count)
    let loss = model.lossAndGradient(of: [example], zero: model.zeroed, threads: 1).loss
    #expect(abs(loss - (log(4.0 / 3) + log(4.0)) / 2) < 1e-6)
  }

  /// A decoder with random weights, adapted at both of its blocks, and examples of many lengths.
  static let model = AdaptedDecoder(
    Decoder(
      DecoderConfiguration(
        vocabularySize: 11, hiddenSize: 6, layerCount: 2, headCount: 3, feedForwardSize: 5,
        contextLength: 16), seed: 1),
    ReFT<LoReFT>(
      rank: 2, width: 6, layers: [0, 1], positions: .ends(prefix: 1, suffix: 1), sharing: .side,
      start: .random, seed: 2))

  static func examples(_ count: Int) -> [TokenSequence] {
    var stream = RandomStream(seed: 3)
    return (0..<count).map { i in
      let prompt = 1 + i % 4
      let tokens = (0..<prompt + i % 3).map { _ in Int.random(in: 0..<11, using: &stream) }
      return TokenSequence(tokens: tokens, promptLength: prompt)
    }
  }

  @Test("the adaptation's gradient agrees with central differences; the frozen base has none")
  func gradients() {
    var model = Self.model
    model.adaptation = model.adaptation.moved
    let examples = Self.examples(5)
    let gradient = model.lossAndGradient(of: examples, zero: model.adaptationOnly, threads: 1)
      .gradient
    let (decoder, zero) = (model.decoder, model.adaptationOnly)
    let checks = checkParameterGradients(of: model.adaptation, gradient: gradient.adaptation) {
      let moved = AdaptedDecoder(decoder, $0)
      return moved.lossAndGradient(of: examples, zero: zero, threads: 1).loss
    }
    // A whole model: rounding has more layers to build up in than a layer's own check allows for.
    for check in checks {
      #expect(check.error < 10 * gradientTolerance, "d\(check.name): \(check.error)")
    }
    #expect(gradient.decoder.parameters.allSatisfy { $0.tensor == .none })
  }

  @Test("a batch of different lengths equals its examples one by one")
  func batchEqualsSingles() {
    let model = Self.model
    let examples = Self.examples(7)
    let zero = model.zeroed
    let whole = model.lossAndGradient(of: examples, zero: zero, threads: 1)
    let total = examples.reduce(0) { $0 + $1.tokens.count - $1.promptLength }
    var sum = (loss: 0.0, gradient: zero)
    for example in examples {
      var one = model.lossAndGradient(of: [example], zero: zero, threads: 1)
      let share = Double(example.tokens.count - example.promptLength) / Double(total)
      sum.loss += share * one.loss
      one.gradient.scale(by: Scalar(share))
      sum.gradient.add(one.gradient)
    }
    #expect(abs(whole.loss - sum.loss) < 1e-6)
    sum.gradient.scale(by: -1)
    sum.gradient.add(whole.gradient)
    #expect(sum.gradient.norm / whole.gradient.norm < 100 * Double(Scalar.ulpOfOne))
  }

  @Test("any number of threads gives the same bits", arguments: [2, 3, 8])
  func threads(count: Int) {
    var model = Self.model
    model.adaptation.dropout = 0.25
    func run(threads: Int) -> (loss: Double, gradient: [Tensor]) {
      let result = model.lossAndGradient(
        of: Self.examples(37), zero: model.zeroed, threads: threads, dropoutSeed: 4)
      return (result.loss, result.gradient.parameters.map(\.tensor))
    }
    #expect(run(threads: count) == run(threads: 1))
  }

  /// No adaptation, but it remembers where the randomness of every shard came from.
  private struct Witness: Adaptation {
    final class Memory: Sendable { let seeds = Mutex<[UInt64]>([]) }
    struct Cache: Sendable {}
    let memory = Memory()

    mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {}

    func forward(
      _ h: Tensor, afterBlock layer: Int, of batch: Batch
    ) -> (h: Tensor, cache: Cache) {
      memory.seeds.withLock { $0 += [batch.dropoutSeed].compactMap(\.self) }
      return (h, Cache())
    }

    func backward(
      _ dh: Tensor, _ cache: Cache, afterBlock layer: Int, into gradient: inout Witness
    ) -> Tensor { dh }

    func firstEdit(ofPrompt n: Int) -> (block: Int, token: Int)? { (0, 0) }
  }

  @Test("no two shards, steps or runs drop the same numbers")
  func dropoutSeeds() throws {
    var decoder = Self.model.decoder
    decoder.blocks.removeLast()
    let model = AdaptedDecoder(decoder, Witness())
    for seed: UInt64 in 0..<5 {
      var options = TrainingOptions()
      options.seed = seed
      var trainer = Trainer(model, training: model.zeroed, options: options, totalSteps: 3)
      for _ in 0..<3 { _ = try trainer.step(on: Self.examples(8)) }
    }
    let seeds = model.adaptation.memory.seeds.withLock { $0 }
    // Five runs of three steps, with eight shards of one example each.
    #expect(seeds.count == 5 * 3 * 8 && Set(seeds).count == seeds.count)
  }

  @Test("without targets, loss and gradient are zero", arguments: [0, 1, 20])
  func noTargets(count: Int) {
    let model = Self.model
    let examples = (0..<count).map { TokenSequence(tokens: [$0 % 11, 1], promptLength: 2) }
    let (loss, gradient) = model.lossAndGradient(of: examples, zero: model.zeroed, threads: 2)
    #expect(loss == 0)
    #expect(gradient.norm == 0)
  }

  @Test(
    "the shards cover a batch in order and are nearly equal", arguments: [0, 1, 7, 8, 9, 100])
  func shards(count: Int) {
    let ranges = shardRanges(count: count)
    #expect(ranges.flatMap(Array.init) == Array(0..<count))
    #expect(ranges.count == min(8, count))
    let sizes = ranges.map(\.count)
    #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
  }
}

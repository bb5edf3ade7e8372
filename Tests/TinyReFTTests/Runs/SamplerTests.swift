import Foundation
import Testing

@testable import TinyReFT

@Suite("Sampler (docs/28-generation.md)")
struct SamplerTests {
  @Test("frequencies follow softmax(logits / temperature)")
  func temperature() {
    // exp(logits) = [1, 2, 3]; half the temperature squares them: p = [1, 4, 9] / 14.
    let logits = Tensor([[0, Scalar(log(2.0)), Scalar(log(3.0))]])
    var sampler = Sampler(temperature: 0.5, seed: 1)
    var counts = [0, 0, 0]
    for _ in 0..<14_000 { if let token = sampler.next(logits) { counts[token] += 1 } }
    for (count, expected) in zip(counts, [1000, 4000, 9000]) {
      // Four standard deviations of the widest of the three are 227.
      #expect(abs(count - expected) < 230, "\(counts)")
    }
  }

  @Test("the same seed draws the same tokens, another seed others")
  func seeds() throws {
    let model = DecoderTests.model()
    func text(_ seed: UInt64) throws -> [Int] {
      var sampler = Sampler(temperature: 1, seed: seed)
      return try model.generate(
        after: [1], ends: [], maxTokens: 12, choose: { sampler.next($0) })
    }
    #expect(try text(1) == text(1))
    #expect(try text(1) != text(2))
  }

  @Test("temperature 0 takes the likeliest token, and of two equal ones the first")
  func greedy() {
    var sampler = Sampler(temperature: 0, seed: 1)
    #expect(sampler.next(Tensor([[-7, -2, -3, -2]])) == 1)
  }

  @Test(
    "temperatures near zero leave the likeliest tokens, and huge ones make all alike",
    arguments: [
      (1e-300, [1, 3]), (1e-30, [1, 3]), (1e30, [0, 1, 2, 3]),
      (.greatestFiniteMagnitude, [0, 1, 2, 3]),
    ] as [(Double, [Int])])
  func extremes(temperature: Double, tokens: [Int]) {
    let large = Scalar.greatestFiniteMagnitude
    let apart: [Scalar] = temperature < 1 ? [-large, large, 0, large] : [0, 1, -1, 1]
    for logits in [Tensor([[-9000, 9000, 8999, 9000]]), Tensor([apart])] {
      var sampler = Sampler(temperature: temperature, seed: 1)
      #expect(Set((0..<100).compactMap { _ in sampler.next(logits) }) == Set(tokens))
    }
  }

  @Test(
    "by hand: of the probabilities 5, 3, 1 and 1 tenths as few are left as have the share together")
  func nucleus() {
    let logits = Tensor([[1.0, 5, 1, 3].map { (p: Double) in Scalar(log(p)) }])
    for (share, tokens) in [(0.4, [1]), (0.5, [1]), (0.6, [1, 3]), (0.85, [0, 1, 3])] {
      var sampler = Sampler(temperature: 1, topP: share, seed: 1)
      // Of two that are as likely the first is left.
      #expect(Set((0..<400).compactMap { _ in sampler.next(logits) }) == Set(tokens), "\(share)")
    }
    // What is left keeps its odds: 5 to 3.
    var sampler = Sampler(temperature: 1, topP: 0.7, seed: 1)
    let first = (0..<8000).count { _ in sampler.next(logits) == 1 }
    #expect(abs(first - 5000) < 180)
    // All of it leaves all, and draws what is drawn without it.
    var (all, plain) = (
      Sampler(temperature: 2, topP: 1, seed: 3), Sampler(temperature: 2, seed: 3)
    )
    for _ in 0..<50 { #expect(all.next(logits) == plain.next(logits)) }
  }

  @Test("the nucleus is that of the tempered probabilities, as in transformers")
  func nucleusAfterTemperature() {
    // Half the temperature makes 1, 2, 3 of fourteen 1, 4, 9: two thirds of it are the last alone.
    let logits = Tensor([[1.0, 2, 3].map { (p: Double) in Scalar(log(p)) }])
    var (cold, warm) = (
      Sampler(temperature: 0.5, topP: 0.6, seed: 1), Sampler(temperature: 1, topP: 0.6, seed: 1)
    )
    #expect(Set((0..<100).compactMap { _ in cold.next(logits) }) == [2])
    #expect(Set((0..<100).compactMap { _ in warm.next(logits) }) == [1, 2])
  }

  @Test("what is nothing to choose by is nothing to draw from")
  func notFinite() {
    for temperature in [0.0, 1] {
      var sampler = Sampler(temperature: temperature, topP: 0.5, seed: 1)
      #expect(sampler.next(Tensor([[-.infinity, 2, -.infinity]])) == 1)
      #expect(sampler.next(Tensor([[1, .nan, 2]])) == nil)
    }
  }

  @Test("a negative temperature and a share of none trap")
  func negativeTemperature() async {
    await #expect(processExitsWith: .failure) {
      _ = Sampler(temperature: -1, seed: 1)
    }
    await #expect(processExitsWith: .failure) {
      _ = Sampler(temperature: 1, topP: 0, seed: 1)
    }
  }

  @Test(.disabled("exercise 28.1: no token less than a tenth as likely as the likeliest is drawn"))
  func exercise() {
    // exp(logits) = [1, 9, 80]: token 0 is out, and the other two share the draws 9 : 80.
    let logits = Tensor([[0, Scalar(log(9.0)), Scalar(log(80.0))]])
    var sampler = Sampler(temperature: 1, seed: 1)
    var counts = [0, 0, 0]
    for _ in 0..<8900 { if let token = sampler.next(logits) { counts[token] += 1 } }
    #expect(counts[0] == 0)
    #expect(abs(counts[1] - 900) < 120)
  }
}

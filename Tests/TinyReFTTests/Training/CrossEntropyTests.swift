import Foundation
import Testing

@testable import TinyReFT

@Suite("CrossEntropy (docs/27-cross-entropy.md)")
struct CrossEntropyTests {
  let logits = Tensor.random(rows: 3, columns: 7, seed: 1)
  let targets = [5, 0, 2]

  @Test("by hand: a target of probability 1/4 costs ln 4")
  func workedExample() {
    // exp(logits) = [1, 2, 5], which sums to 8, so p = [1/8, 1/4, 5/8].
    let logits = Tensor([[0, Scalar(log(2.0)), Scalar(log(5.0))]])
    let (loss, cache) = CrossEntropy.forward(logits, targets: [1])
    expectClose(Tensor([[Scalar(loss)]]), [1.3862943611198906])

    // p − onehot(1), times a weight of 2.
    expectClose(CrossEntropy.backward(cache, weight: 2), [0.25, -1.5, 1.25])
  }

  @Test("dlogits agrees with central differences")
  func gradients() {
    let (_, cache) = CrossEntropy.forward(logits, targets: targets)
    let error = gradientError(CrossEntropy.backward(cache, weight: 0.5), at: logits) {
      0.5 * CrossEntropy.forward($0, targets: targets).loss
    }
    #expect(error < gradientTolerance)
  }

  @Test("the loss adds up over shards")
  func accumulation() {
    let whole = CrossEntropy.forward(logits, targets: targets).loss
    let parts = targets.indices.map { i in
      CrossEntropy.forward(logits.gathered(rows: [i]), targets: [targets[i]]).loss
    }
    #expect(abs(whole - parts.reduce(0, +)) < 1e-12)
  }

  @Test("a model that knows nothing loses ln V a token")
  func uniform() {
    let logits = Tensor(repeating: 3, rows: 2, columns: 10)
    let loss = CrossEntropy.forward(logits, targets: [4, 9]).loss
    #expect(abs(loss - 2 * 2.302585) < 1e-6)
  }

  @Test("only differences of logits count: dlogits sums to zero in every row")
  func shift() {
    let (loss, cache) = CrossEntropy.forward(logits, targets: targets)
    let dlogits = CrossEntropy.backward(cache, weight: 1)
    for i in 0..<3 {
      let sum = dlogits.elements[dlogits.row(i)].reduce(0, +)
      #expect(abs(sum) < 10 * Scalar.ulpOfOne)
    }
    var shifted = logits
    shifted.addToEachRow(Tensor(repeating: 8, columns: 7))
    let moved = CrossEntropy.forward(shifted, targets: targets).loss
    #expect(abs(moved - loss) < Double(100 * Scalar.ulpOfOne))
  }

  @Test("logits far apart neither overflow nor lose the target", arguments: [1e3, 1e4, 1e30])
  func largeLogits(large: Scalar) {
    // p = [1, 0] in both rows: the first is what was expected, the second could not be less so.
    let logits = Tensor([[large, -large], [large, -large]])
    let (loss, cache) = CrossEntropy.forward(logits, targets: [0, 1])
    #expect(loss == 2 * Double(large))
    #expect(CrossEntropy.backward(cache, weight: 1) == Tensor([[0, 0], [1, -1]]))
    // Equal ones are equal chances, however large.
    let equal = CrossEntropy.forward(Tensor(repeating: -large, columns: 4), targets: [2])
    #expect(abs(equal.loss - log(4)) < 1e-6)
    expectClose(CrossEntropy.backward(equal.cache, weight: 1), [0.25, 0.25, -0.75, 0.25])
  }

  @Test("a vocabulary of one holds no surprise")
  func oneToken() {
    let (loss, cache) = CrossEntropy.forward(Tensor([[-3], [7]]), targets: [0, 0])
    #expect(loss == 0)
    #expect(CrossEntropy.backward(cache, weight: 1) == Tensor([[0], [0]]))
  }

  @Test("no rows are no loss")
  func noTargets() {
    let (loss, cache) = CrossEntropy.forward(Tensor(repeating: 0, rows: 0, columns: 5), targets: [])
    #expect(loss == 0)
    #expect(CrossEntropy.backward(cache, weight: 1).isEmpty)
  }

  @Test("NaN and ∞ are not hidden", arguments: [Scalar.nan, .infinity])
  func notFinite(number: Scalar) {
    #expect(CrossEntropy.forward(Tensor([[0, number, 1]]), targets: [0]).loss.isNaN)
  }

  @Test("a row without a target traps")
  func missingTarget() async {
    await #expect(processExitsWith: .failure) {
      _ = CrossEntropy.forward(Tensor([[1, 2], [3, 4]]), targets: [1])
    }
  }

  @Test("a target outside the vocabulary traps, and is not looked up in the next row")
  func unknownTarget() async {
    await #expect(processExitsWith: .failure) {
      _ = CrossEntropy.forward(Tensor([[1, 2], [3, 4]]), targets: [2, 0])
    }
  }

  @Test(.disabled("exercise 27.1: the loss in bits, in forward and backward"))
  func exercise() {
    // Eight equal chances are three bits.
    let loss = CrossEntropy.forward(Tensor(repeating: 0, columns: 8), targets: [6]).loss
    #expect(abs(loss - 3) < 1e-6)
    gradients()
  }
}

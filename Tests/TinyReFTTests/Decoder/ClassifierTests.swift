import Foundation
import Testing

@testable import TinyReFT

@Suite("Classifier (docs/37-classification.md)")
struct ClassifierTests {
  @Test("by hand: tanh(log 2) = 0.6 and tanh(log 3) = 0.8")
  func workedExample() {
    let (log2, log3) = (log(Scalar(2)), log(Scalar(3)))
    var head = Classifier(width: 2, labelCount: 3)
    (head.dense, head.denseBias) = (Tensor([[0, 1], [2, 0]]), Tensor([[0, -log3]]))
    (head.output, head.outputBias) = (
      Tensor([[1, 0], [1, -1], [0, 5]]), Tensor([[0, 0.2, -4]])
    )

    // z = [log 2, 2 log 3 − log 3], so t = [0.6, 0.8]; logits = [0.6, 0.6 − 0.8 + 0.2, 4 − 4].
    let h = Tensor([[log3, log2]])
    let (logits, cache) = head.forward(h)
    expectClose(logits, [0.6, 0, 0])

    // dt = [1 + 1, −1] and 1 − t² = [0.64, 0.36], so dz = [1.28, −0.36] and dh = [−0.72, 1.28].
    var gradient = head.zeroed
    expectClose(head.backward(Tensor([[1, 1, 0]]), cache, into: &gradient), [-0.72, 1.28])
    expectClose(gradient.output, [0.6, 0.8, 0.6, 0.8, 0, 0])
    expectClose(gradient.outputBias, [1, 1, 0])
    expectClose(gradient.dense, [1.28 * log3, 1.28 * log2, -0.36 * log3, -0.36 * log2])
    expectClose(gradient.denseBias, [1.28, -0.36])
  }

  private func head(width: Int, labelCount: Int) -> Classifier {
    var (head, stream) = (
      Classifier(width: width, labelCount: labelCount), RandomStream(seed: 1)
    )
    head.walk("") { _, t in t = .uniform(rows: t.rows, columns: t.columns, using: &stream) }
    return head
  }

  @Test("dh and the four others agree with central differences", arguments: [(1, 5, 2), (3, 7, 4)])
  func gradients(n: Int, d: Int, labels: Int) {
    var stream = RandomStream(seed: 2)
    let x = Tensor.uniform(rows: n, columns: d, using: &stream)
    let dy = Tensor.uniform(rows: n, columns: labels, using: &stream)
    expectGradients(of: head(width: d, labelCount: labels), at: x) { head, x in
      head.forward(x).logits.dot(dy)
    } backward: { head, x, gradient in
      head.backward(dy, head.forward(x).cache, into: &gradient)
    }
  }

  @Test("the gradient adds up, and a frozen head passes the same one on")
  func accumulation() {
    let head = head(width: 5, labelCount: 3)
    let (_, cache) = head.forward(Tensor([[1, -1, 0.5, 2, 0], [0.1, 0.2, 0.3, 0.4, 0.5]]))
    let dy = Tensor([[1, 2, -3], [0.5, -1, 0.5]])
    var (once, twice, frozen) = (head.zeroed, head.zeroed, head.frozen)
    let dh = head.backward(dy, cache, into: &once)
    for _ in 0..<2 { _ = head.backward(dy, cache, into: &twice) }
    for (one, two) in zip(once.parameters, twice.parameters) {
      expectClose(two.tensor, 2 * one.tensor)
    }
    #expect(head.backward(dy, cache, into: &frozen) == dh)
  }

  @Test("a new head has RoBERTa's numbers, and favours no label much")
  func start() {
    let head = Classifier(width: 64, labelCount: 3, seed: 7)
    #expect(head.parameters.map(\.name).prefix(2) == ["dense.weight", "dense.bias"])
    #expect(head.parameterCount == 64 * 64 + 64 + 3 * 64 + 3)
    let deviation = (head.dense.dot(head.dense) / 4096).squareRoot()
    #expect(abs(deviation - 0.02) < 0.001)
    #expect(head.denseBias.largestMagnitude == 0 && head.outputBias.largestMagnitude == 0)
    let logits = head.forward(Tensor(repeating: 1, columns: 64)).logits
    #expect(logits.largestMagnitude < 0.2 && logits.largestMagnitude > 0)
  }

  @Test("a width that is not the head's traps")
  func wrongWidth() async {
    await #expect(processExitsWith: .failure) {
      _ = Classifier(width: 4, labelCount: 2).forward(Tensor([[1, 2, 3]]))
    }
  }

  @Test("a head that is linear in h", .disabled("exercise 37.1: leave out W_d and tanh"))
  func exercise() {
    var head = head(width: 5, labelCount: 3)
    head.outputBias = .zeros(like: head.outputBias)
    let h = Tensor([[1, -1, 0.5, 2, 0]])
    expectClose(head.forward(2 * h).logits, 2 * head.forward(h).logits)
  }
}

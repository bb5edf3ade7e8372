import Foundation
import Testing

@testable import TinyReFT

/// A file or folder of Fixtures, where everything comes from a script that stands beside it.
func fixture(_ path: String) -> URL {
  URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(path)")
}

extension Parameterized {
  /// The same away from its start. There an A is its own R, and up to rounding Gram-Schmidt leaves it as
  /// it is: steps as small as a gradient check's would go by unseen.
  var moved: Self {
    var (copy, stream) = (self, RandomStream(seed: 9))
    copy.walk("") { _, tensor in
      tensor += .uniform(rows: tensor.rows, columns: tensor.columns, bound: 0.1, using: &stream)
    }
    return copy
  }
}

/// Fails at the caller's line unless `body` throws an error of this file in these words, on one line. What
/// Foundation's parser says of broken JSON is left out: a Mac's has other words.
func expectError(
  _ url: URL, _ message: String, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> some Any
) {
  let error = #expect(throws: FileError.self, sourceLocation: sourceLocation) { _ = try body() }
  let text = error?.description.replacing(#/ is not valid JSON: [^;]+/#, with: " is not valid JSON")
  guard let text else { return }
  #expect(text == "\(url.relativePath): \(message)", sourceLocation: sourceLocation)
  #expect(!text.contains { $0.isNewline }, sourceLocation: sourceLocation)
}

/// Fails at the caller's line unless every element is within `tolerance` of the expected one.
func expectClose(
  _ actual: Tensor, _ expected: [Scalar], tolerance: Scalar = 100 * Scalar.ulpOfOne,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == expected.count, sourceLocation: sourceLocation)
  for (k, (a, e)) in zip(actual.elements, expected).enumerated() {
    #expect(
      abs(a - e) <= tolerance * max(1, abs(e)), "element \(k): \(a), expected \(e)",
      sourceLocation: sourceLocation)
  }
}

/// The same for two tensors, whose shapes must agree too.
func expectClose(
  _ actual: Tensor, _ expected: Tensor, tolerance: Scalar = 100 * Scalar.ulpOfOne,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.shape == expected.shape, sourceLocation: sourceLocation)
  expectClose(
    actual, expected.elements, tolerance: tolerance, sourceLocation: sourceLocation)
}

/// Fails at the caller's line unless every gradient that `backward` gives agrees with the slope of
/// `loss` that central differences measure, at the input and at every parameter.
func expectGradients<Layer: Parameterized>(
  of layer: Layer, at x: Tensor, loss: (Layer, Tensor) -> Double,
  backward: (Layer, Tensor, inout Layer) -> Tensor,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let checks = checkGradients(of: layer, at: x, loss: loss) { layer, x in
    var gradient = layer.zeroed
    return (backward(layer, x, &gradient), gradient)
  }
  for check in checks {
    #expect(
      check.error < gradientTolerance, "d\(check.name): relative error \(check.error)",
      sourceLocation: sourceLocation)
  }
}

extension Attention {
  /// Of texts that begin here.
  func forward(_ x: Tensor, _ rows: Rows) -> (y: Tensor, cache: Cache) {
    var past = Past.none(sequences: rows.sequences.count)
    return forward(x, rows, after: &past)
  }
}

extension Block {
  /// Of texts that begin here.
  func forward(_ x: Tensor, _ rows: Rows) -> (y: Tensor, cache: Cache) {
    var past = Past.none(sequences: rows.sequences.count)
    return forward(x, rows, after: &past)
  }
}

/// A fixture that is a value as JSON.
func decoded<Value: Decodable>(_ type: Value.Type, from url: URL) throws -> Value {
  try JSONDecoder().decode(type, from: Data(contentsOf: url))
}

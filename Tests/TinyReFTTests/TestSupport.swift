import Foundation
import Testing

@testable import TinyReFT

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

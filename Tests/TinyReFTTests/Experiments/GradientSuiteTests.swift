import Testing

@testable import TinyReFT

@Suite("Gradient suite (docs/20-backprop.md)")
struct GradientSuiteTests {
  @Test("every operation passes, on several draws", arguments: 0...2 as ClosedRange<UInt64>)
  func passes(seed: UInt64) {
    let rows = GradientSuite(seed: seed).rows()
    #expect(rows.count >= 18 + GradientSuite(seed: seed).rivals().count)
    for row in rows {
      #expect(row.passes, "\(row.operation): \(row.worst?.error ?? 0) in \(row.worst?.name ?? "")")
      #expect(row.elements > 0)
    }
  }

  @Test("a row fails when one of its tensors does, or is not a number")
  func fails() {
    func row(_ error: Double) -> GradientSuite.Row {
      let checks = [0, error, 1e-9].map { GradientCheck(name: "x", elements: 2, error: $0) }
      return GradientSuite.Row(operation: "any", checks: checks, tolerance: 1e-8)
    }
    #expect(row(1e-9).passes)
    #expect(!row(1e-7).passes)
    #expect(!row(.nan).passes)
    #expect(row(.nan).worst?.error.isNaN == true)
    #expect(row(1e-7).elements == 6)
  }
}

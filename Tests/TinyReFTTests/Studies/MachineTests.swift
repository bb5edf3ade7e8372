import Testing

@testable import TinyReFT

@Suite("Machine (docs/MACHINES.md)")
struct MachineTests {
  @Test("the kernels compute what plain loops and the system's exponential do")
  func errors() {
    #expect(Machine.product().error < 4 * Double(Scalar.ulpOfOne))
    #expect(Machine.exponentials().error < 2 * Double(Scalar.ulpOfOne))
  }

  @Test("a product has one of two bit patterns: with a fused multiply-add, or without")
  func bits() {
    #if DEBUG
      let known = ["b68c4825efe15f9b", "0e68e803f42768cb"]
    #else
      let known = ["976c4c94ed5f59e2", "7c65cb93954ae724"]
    #endif
    #expect(known.contains(Machine.product().bits))
  }

  @Test("a report names the processor, the system, the build, and what was computed")
  func report() {
    let lines = Machine.report.split(separator: "\n")
    let names = lines.map { $0.prefix { $0 != " " } }
    #expect(names == ["processor", "system", "build", "product", "exp"])
    #expect(lines[2].contains("\(Scalar.self), tile of \(Tile.rows) × \(Tile.columns)"))
    #expect(lines.allSatisfy { $0.count > 20 })
  }
}

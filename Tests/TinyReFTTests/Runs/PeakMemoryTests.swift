import Testing

@testable import TinyReFT

@Suite("Peak memory")
struct PeakMemoryTests {
  @Test("grows with what is used, and tells 10⁶ bytes")
  func grows() {
    let before = peakMemory()
    #expect(before > 1)
    let large = [UInt8](repeating: 1, count: Int(before) * 1_000_000 + 50_000_000)
    #expect(large.last == 1 && peakMemory() >= before + 49)
  }

  @Test("does not count what the program that started it has used")
  func own() throws {
    let large = [UInt8](repeating: 1, count: 300_000_000)
    #expect(large.last == 1 && peakMemory() > 300)
    let run = try tinyreft("bench --steps 1 --layers 1 --hidden 8 --heads 2 --json")
    let text = try #require(run.output.firstMatch(of: /"peak_memory_mb":([0-9.]+)/)?.1, "\(run)")
    #expect(try #require(Double(text)) < 200)
  }
}

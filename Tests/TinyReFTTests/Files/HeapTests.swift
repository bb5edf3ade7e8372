import Testing

@testable import TinyReFT

@Suite("Heap (docs/51-tokenizer.md)")
struct HeapTests {
  @Test("what goes in comes out in order, equal ones too, with insertions between")
  func sorts() {
    var stream = RandomStream(seed: 1)
    for count in 0..<40 {
      var heap = Heap<Int>()
      var waiting: [Int] = []
      for _ in 0..<count {
        let next = Int.random(in: 0..<10, using: &stream)
        heap.insert(next)
        waiting = (waiting + [next]).sorted()
        if next == 0 { #expect(heap.removeLeast() == waiting.removeFirst()) }
      }
      while !waiting.isEmpty { #expect(heap.removeLeast() == waiting.removeFirst()) }
      #expect(heap.removeLeast() == nil)
    }
  }
}

import Testing

@testable import TinyReFT

@Suite("Space marker (docs/51-tokenizer.md)")
struct SpaceMarkerTests {
  private func marked(_ text: String, _ front: SpaceMarker.Front, from start: Int = 0) -> String {
    let scalars = Array(text.unicodeScalars)[start...]
    return String(String.UnicodeScalarView(SpaceMarker(front: front).mark(scalars)))
  }

  @Test("by hand: where a mark is put in front")
  func front() {
    let rows: [(SpaceMarker.Front, a: String, space: String, later: String)] = [
      (.never, "a▁b", "▁a", "b"),
      (.always, "▁a▁b", "▁▁a", "▁b"),
      (.unlessMarked, "▁a▁b", "▁a", "▁b"),
      (.atStartUnlessMarked, "▁a▁b", "▁a", "b"),
    ]
    for (front, a, space, later) in rows {
      #expect(marked("a b", front) == a)
      #expect(marked(" a", front) == space)
      #expect(marked("a b", front, from: 2) == later, "the b alone, not at the text's beginning")
      #expect(marked("", front) == "", "an empty text stays empty")
    }
    #expect(marked("\u{2581}a", .unlessMarked) == "▁a", "a mark in the text is a mark")
    #expect(marked("\t\u{A0}", .never) == "\t\u{A0}", "only the space is a space")
  }

  @Test("a word begins at each mark")
  func split() {
    let pieces = SpaceMarker.split(Array("a▁▁b▁c".unicodeScalars)[...])
    #expect(pieces.map { String(String.UnicodeScalarView($0)) } == ["a", "▁", "▁b", "▁c"])
    #expect(SpaceMarker.split(Array("▁a".unicodeScalars)[...]).count == 1)
  }
}

import Testing

@testable import TinyReFT

@Suite("PlacedNames (docs/71-comparison.md)")
struct PlacedNamesTests {
  @Test("by hand: to the right of its point, or to the left where the room ends")
  func workedExample() {
    let points = [Drawing.Point(50, 50), .init(95, 80)]
    var names = PlacedNames(x: 0, y: 0, width: 100, height: 100, around: points)
    // Seven beside the point, and the baseline nine below the upper edge, which is six above it.
    let (right, left) = (
      names.place("one", beside: points[0]), names.place("two", beside: points[1])
    )
    #expect(right.map { [$0.x, $0.y] } == [57, 53])
    #expect(left.map { [$0.x, $0.y] } == [95 - 7 - 3 * 5.7, 83])
  }

  @Test("no name covers another, as long as there is room")
  func apart() {
    let points = (0..<6).map { Drawing.Point(50 + Double($0 % 2), 50) }
    var names = PlacedNames(x: 0, y: 0, width: 100, height: 100, around: points)
    let places = points.compactMap { names.place("name", beside: $0) }
    #expect(places.count == 6)
    for (i, one) in places.enumerated() {
      for other in places[..<i] {
        #expect(abs(one.y - other.y) >= 11 || abs(one.x - other.x) >= PlacedNames.width(of: "name"))
      }
    }
    var narrow = PlacedNames(x: 40, y: 40, width: 20, height: 20, around: points)
    #expect(narrow.place("a name", beside: points[0]) == nil)
  }
}

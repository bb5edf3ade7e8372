import Testing

@testable import TinyReFT

@Suite("Nearest name")
struct NearestNameTests {
  @Test(
    "the nearest name, by slip, by part and by initials",
    arguments: [
      ("laerning-rate", "learning-rate"), ("batch", "batch-size"), ("lr", "learning-rate"),
      ("ranks", "rank"), ("epoch", "epochs"), ("batch_size", "batch-size"), ("xyz", nil), ("", nil),
    ])
  func nearest(name: String, expected: String?) {
    let names = ["rank", "learning-rate", "batch-size", "epochs"]
    #expect(nearestName(to: name, in: names) == expected)
  }
}

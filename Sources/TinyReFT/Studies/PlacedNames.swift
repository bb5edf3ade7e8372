/// Names beside the points of a figure, so placed that none covers a point or another name.
struct PlacedNames {
  private let room: Box
  private var taken: [Box]

  /// A room, and the points in it that shall stay free.
  init(x: Double, y: Double, width: Double, height: Double, around points: [Drawing.Point]) {
    room = Box(x: x, y: y, width: width, height: height)
    taken = points.map { Box(x: $0.x - 4, y: $0.y - 4, width: 8, height: 8) }
  }

  /// Where the text begins: as near to its point as there is room, right or left of it; nil where there is
  /// none.
  mutating func place(_ name: String, beside point: Drawing.Point) -> Drawing.Point? {
    let width = Self.width(of: name)
    for distance in 0...40 {
      for above in [true, false] {
        for x in [point.x + 7, point.x - 7 - width] {
          let y = point.y - 6 + Double(above ? -distance : distance) * 3
          let box = Box(x: x, y: y, width: width, height: 11)
          if room.holds(box), !taken.contains(where: { $0.meets(box) }) {
            taken.append(box)
            return .init(x, y + 9)
          }
        }
      }
    }
    return nil
  }

  /// About how wide a name is in letters of size 11.
  static func width(of name: String) -> Double { 5.7 * Double(name.count) }
}

private struct Box {
  let x, y, width, height: Double

  func meets(_ other: Box) -> Bool {
    x < other.x + other.width && other.x < x + width && y < other.y + other.height
      && other.y < y + height
  }

  func holds(_ other: Box) -> Bool {
    other.x >= x && other.y >= y && other.x + other.width <= x + width
      && other.y + other.height <= y + height
  }
}

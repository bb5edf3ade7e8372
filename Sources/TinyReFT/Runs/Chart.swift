import Foundation

/// Lines over two axes: loss over steps, learning rate over steps, accuracy over rank.
struct Chart: Sendable {
  struct Series: Sendable {
    let name: String
    let color: Drawing.Color
    let points: [(x: Double, y: Double)]
    let dashed: Bool

    init(
      _ name: String, color: Drawing.Color, points: [(x: Double, y: Double)], dashed: Bool = false
    ) {
      (self.name, self.color, self.points, self.dashed) = (name, color, points, dashed)
    }
  }

  let title: String
  let xLabel: String
  let yLabel: String
  let series: [Series]
  /// The smallest range of y that is shown; data beyond it widen it.
  let yRange: ClosedRange<Double>?
  /// Whether y counts in powers of ten where it spans at least two.
  let inDecades: Bool

  init(
    title: String, xLabel: String, yLabel: String, series: [Series],
    yRange: ClosedRange<Double>? = nil, inDecades: Bool = false
  ) {
    (self.title, self.xLabel, self.yLabel) = (title, xLabel, yLabel)
    (self.series, self.yRange, self.inDecades) = (series, yRange, inDecades)
  }

  /// The chart drawn: axes with round numbers, the lines, and their names beside them.
  var drawing: Drawing {
    let (left, top, right, bottom) = (64.0, 56.0, 500.0, 276.0)
    var drawing = Drawing(width: 640, height: 320, title: title)
    var lines = series.map { $0.points.filter { Self.fits($0.x) && Self.fits($0.y) } }
    let values = lines.joined().map(\.y)
    let isLogarithmic =
      inDecades && values.allSatisfy { $0 > 0 }
      && (values.max() ?? 1) >= 100 * (values.min() ?? 1)
    if isLogarithmic { lines = lines.map { $0.map { (x: $0.x, y: log10($0.y)) } } }
    // Steps are whole, also where there are few.
    let isWhole = lines.joined().allSatisfy { $0.x == $0.x.rounded() }
    let xs = Self.ticks(lines.joined().map(\.x), finest: isWhole ? 1 : 0)
    let shown = (yRange.map { [$0.lowerBound, $0.upperBound] } ?? []).filter(Self.fits)
    let ys =
      isLogarithmic
      ? Self.decades(lines.joined().map(\.y)) : Self.ticks(lines.joined().map(\.y) + shown)
    func place(_ x: Double, _ y: Double) -> Drawing.Point {
      Drawing.Point(
        left + (x - xs.low) / (xs.high - xs.low) * (right - left),
        bottom - (y - ys.low) / (ys.high - ys.low) * (bottom - top))
    }
    drawing.description = description
    drawing.text(title, at: .init(left, 22), size: 15, bold: true)
    for y in ys.values {
      drawing.line(place(xs.low, y), place(xs.high, y), color: .light, width: 1)
      drawing.text(
        isLogarithmic ? String(format: "%g", pow(10, y)) : Self.label(y, ys.step),
        at: .init(left - 8, place(0, y).y + 4), size: 12, color: .grey,
        anchor: .end)
    }
    for x in xs.values {
      drawing.text(
        Self.label(x, xs.step), at: .init(place(x, 0).x, bottom + 18), size: 12, color: .grey,
        anchor: .middle)
    }
    drawing.text(xLabel, at: .init((left + right) / 2, bottom + 38), color: .grey, anchor: .middle)
    drawing.text(yLabel, at: .init(left, top - 12), color: .grey)
    for (i, (line, points)) in zip(series, lines).enumerated() {
      drawing.path(
        points.map { place($0.x, $0.y) }, color: line.color, width: 2, dashed: line.dashed)
      // A line through one point cannot be seen.
      if points.count == 1 {
        drawing.circle(place(points[0].x, points[0].y), radius: 3, fill: line.color)
      }
      drawing.text(line.name, at: .init(right + 12, top + 12 + 20 * Double(i)), color: line.color)
    }
    return drawing
  }

  /// Where each line goes from and to.
  private var description: String {
    let lines = series.compactMap { line -> String? in
      let points = line.points.filter { Self.fits($0.x) && Self.fits($0.y) }
      guard let first = points.first, let last = points.last else { return nil }
      return String(
        format: "%@ from %.3g at %.3g to %.3g at %.3g", line.name, first.y, first.x, last.y, last.x)
    }
    return "\(yLabel) over \(xLabel): " + lines.joined(separator: "; ")
  }

  /// Whether a number can be drawn: it is one, and differences of two such do not overflow.
  private static func fits(_ value: Double) -> Bool { abs(value) < 1e300 }

  /// Round numbers that cover the values, about five of them.
  private static func ticks(
    _ values: [Double], finest: Double = 0
  ) -> (low: Double, high: Double, step: Double, values: [Double]) {
    let (least, most) = (values.min() ?? 0, values.max() ?? 1)
    // Values that are all the same get a range as large as themselves.
    let range = most > least ? most - least : max(abs(most), 1)
    let rough = max(range / 5, finest, max(abs(least), abs(most)) * 1e-9, 1e-300)
    let power = pow(10, floor(log10(rough)))
    let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough } ?? 10 * power
    let (low, high) = (floor(least / step) * step, ceil(most / step) * step)
    let count = Int(((high - low) / step).rounded())
    return (
      low, high > low ? high : low + step, step, (0...max(count, 1)).map { low + Double($0) * step }
    )
  }

  /// The whole exponents that cover these, at most seven of them.
  private static func decades(
    _ exponents: [Double]
  ) -> (low: Double, high: Double, step: Double, values: [Double]) {
    let (low, high) = (floor(exponents.min() ?? 0), ceil(exponents.max() ?? 1))
    let step = max(1, ceil((high - low) / 6))
    return (low, high, step, Array(stride(from: low, through: high, by: step)))
  }

  private static func label(_ value: Double, _ step: Double) -> String {
    guard (1e-6...1e6).contains(step) else { return String(format: "%.6g", value) }
    let digits = max(0, Int(ceil(-log10(step) - 1e-9)))
    return String(format: "%.\(digits)f", value)
  }
}

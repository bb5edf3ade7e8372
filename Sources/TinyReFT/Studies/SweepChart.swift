import Foundation

/// What each axis of a sweep does: dev accuracy over its values, a panel an axis. A dot is a setting; the line
/// goes through the best with each value.
///
///     units      accuracies in percent
public struct SweepChart {
  private let axes: [Sweep.Axis]
  private let results: [Sweep.Result]

  /// Of the axes that have more than one value.
  public init(_ sweep: Sweep, _ results: [Sweep.Result]) {
    (axes, self.results) = (sweep.axes.filter { $0.values.count > 1 }, results)
  }

  private static let (width, height) = (320.0, 260.0)

  public var drawing: Drawing {
    let lines = (axes.count + 2) / 3
    var drawing = Drawing(
      width: max(1, min(axes.count, 3)) * Int(Self.width), height: lines * Int(Self.height) + 60,
      title: "Dev accuracy over each setting")
    drawing.description = axes.map(description).joined(separator: "; ")
    drawing.text("Dev accuracy over each setting", at: .init(20, 26), size: 15, bold: true)
    drawing.text("a setting", at: .init(20, 46), size: 11, color: .grey)
    drawing.text("the best with this value", at: .init(90, 46), size: 11, color: .blue)
    for (i, axis) in axes.enumerated() {
      panel(
        axis, x: Double(i % 3) * Self.width, y: 60 + Double(i / 3) * Self.height, of: &drawing)
    }
    return drawing
  }

  private func results(_ axis: Sweep.Axis, _ value: String) -> [Double] {
    results.filter { $0.setting[axis.flag] == value }.map(\.mean)
  }

  private func description(_ axis: Sweep.Axis) -> String {
    "the best over \(axis.flag): "
      + axis.values.map { value in
        String(format: "%.3f at %@", results(axis, value).max() ?? 0, value)
      }.joined(separator: ", ")
  }

  private func panel(_ axis: Sweep.Axis, x: Double, y: Double, of drawing: inout Drawing) {
    let (left, top, right, bottom) = (x + 50, y + 34, x + Self.width - 20, y + 210)
    let least = results.map(\.mean).min() ?? 0
    let floor = [0.95, 0.9, 0.8, 0.5].first { $0 < least } ?? 0
    func place(_ column: Double, _ accuracy: Double) -> Drawing.Point {
      .init(
        left + (column + 0.5) / Double(axis.values.count) * (right - left),
        bottom - (accuracy - floor) / (1 - floor) * (bottom - top))
    }
    drawing.text(axis.flag, at: .init(left, y + 18), bold: true)
    for step in 0...5 {
      let accuracy = floor + (1 - floor) * Double(step) / 5
      let height = place(0, accuracy).y
      drawing.line(.init(left, height), .init(right, height), color: .light, width: 1)
      drawing.text(
        String(format: "%.0f %%", 100 * accuracy), at: .init(left - 6, height + 4), size: 11,
        color: .grey, anchor: .end)
    }
    var best: [Drawing.Point] = []
    for (i, value) in axis.values.enumerated() {
      let own = results(axis, value)
      for accuracy in own {
        drawing.circle(place(Double(i), accuracy), radius: 2.5, fill: .grey)
      }
      if let most = own.max() { best.append(place(Double(i), most)) }
      drawing.text(
        value, at: .init(place(Double(i), floor).x, bottom + 16), size: 11, color: .grey,
        anchor: .middle)
    }
    drawing.path(best, color: .blue, width: 2)
    for point in best { drawing.circle(point, radius: 3.5, fill: .blue) }
  }
}

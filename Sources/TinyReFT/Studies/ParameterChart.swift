import Foundation

/// The paper's Figure 1 on the toy world: trained parameters against held-out accuracy, a panel a task.
///
///     units      parameters on a logarithmic axis; accuracy in percent, bars from the least to the most
///                accurate seed
///     paper      Wu et al. 2024, arXiv:2404.03592v3, figure 1
public struct ParameterChart {
  private let rows: [Comparison.Row]
  private let tasks: [String]

  public init(_ rows: [Comparison.Row]) {
    self.rows = rows
    tasks = rows.reduce(into: []) { if !$0.contains($1.task) { $0.append($1.task) } }
  }

  private static let (width, height) = (460.0, 300.0)

  public var drawing: Drawing {
    let lines = (tasks.count + 1) / 2
    var drawing = Drawing(
      width: 2 * Int(Self.width), height: lines * Int(Self.height) + 40,
      title: "Trained parameters and held-out accuracy")
    drawing.text(
      "Trained parameters and held-out accuracy", at: .init(20, 26), size: 15, bold: true)
    for (i, task) in tasks.enumerated() {
      panel(
        task, x: Double(i % 2) * Self.width, y: 40 + Double(i / 2) * Self.height, of: &drawing)
    }
    return drawing
  }

  private func panel(_ task: String, x: Double, y: Double, of drawing: inout Drawing) {
    let (left, top, right, bottom) = (x + 50, y + 34, x + 310, y + 250)
    let own = rows.filter { $0.task == task }
    let counts = rows.map { log10(Double(max(1, $0.trainedParameters))) }
    let (low, high) = (
      floor(counts.min() ?? 0), max(ceil(counts.max() ?? 1), floor(counts.min() ?? 0) + 1)
    )
    let least = own.flatMap(\.accuracies).min() ?? 0
    let floor = least > 0.9 ? 0.9 : least > 0.5 ? 0.5 : 0
    func place(_ parameters: Double, _ accuracy: Double) -> Drawing.Point {
      .init(
        left + (parameters - low) / (high - low) * (right - left),
        bottom - (accuracy - floor) / (1 - floor) * (bottom - top))
    }
    drawing.text(task, at: .init(left, y + 18), bold: true)
    for step in 0...5 {
      let accuracy = floor + (1 - floor) * Double(step) / 5
      drawing.line(place(low, accuracy), place(high, accuracy), color: .light, width: 1)
      drawing.text(
        String(format: "%.0f %%", 100 * accuracy),
        at: .init(left - 6, place(low, accuracy).y + 4), size: 11, color: .grey, anchor: .end)
    }
    for power in stride(from: low, through: high, by: 1) {
      drawing.text(
        Self.power(Int(power)),
        at: .init(place(power, floor).x, bottom + 16), size: 11, color: .grey, anchor: .middle)
    }
    drawing.text(
      "trained parameters", at: .init((left + right) / 2, bottom + 32), size: 11, color: .grey,
      anchor: .middle)
    // Names stand in a column, the most accurate first, each tied to its point.
    let sorted = own.sorted {
      ($0.mean, $1.trainedParameters) > ($1.mean, $0.trainedParameters)
    }
    for (i, row) in sorted.enumerated() {
      let parameters = log10(Double(max(1, row.trainedParameters)))
      let (point, color) = (place(parameters, row.mean), Self.color(of: row.method))
      let name = Drawing.Point(right + 34, top + 4 + Double(i) * 16)
      drawing.line(point, .init(name.x - 4, name.y - 4), color: color, width: 0.5)
      drawing.line(
        place(parameters, row.accuracies.min() ?? 0), place(parameters, row.accuracies.max() ?? 0),
        color: color)
      drawing.circle(point, radius: 3.5, fill: color)
      drawing.text(row.method, at: name, size: 11, color: color)
    }
  }

  /// 1,000 for 3.
  private static func power(_ exponent: Int) -> String {
    let leading = "1" + String(repeating: "0", count: exponent % 3)
    return leading + String(repeating: ",000", count: exponent / 3)
  }

  /// ReFT is blue; what changes weights, or acts as if, is orange; prompts are purple.
  private static func color(of method: String) -> Drawing.Color {
    if ReFTConfiguration.methods.contains(where: { $0.method == method }) { return .blue }
    return switch method {
    case "lora", "dora": .orange
    case "prompt-tuning", "p-tuning", "prefix-tuning": .purple
    case "full", "last-layer", "ln-tuning": .grey
    default: .green
    }
  }
}

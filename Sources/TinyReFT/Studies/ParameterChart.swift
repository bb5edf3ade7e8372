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

  private static let (width, height) = (480.0, 300.0)
  private static let title = "Trained parameters and held-out accuracy"

  public var drawing: Drawing {
    let columns = min(max(tasks.count, 1), 2)
    let lines = (tasks.count + 1) / 2
    var drawing = Drawing(
      width: columns * Int(Self.width), height: lines * Int(Self.height) + 64, title: Self.title)
    drawing.description =
      "Methods by how many numbers they train and how accurate they are on "
      + tasks.joined(separator: ", ")
    drawing.text(Self.title, at: .init(20, 26), size: 15, bold: true)
    var x = 20.0
    for kind in Kind.allCases where rows.contains(where: { Kind(of: $0.method) == kind }) {
      drawing.circle(.init(x + 4, 44), radius: 3.5, fill: kind.color)
      drawing.text(kind.rawValue, at: .init(x + 12, 48), size: 11, color: kind.color)
      x += 28 + PlacedNames.width(of: kind.rawValue)
    }
    for (i, task) in tasks.enumerated() {
      panel(
        task, x: Double(i % 2) * Self.width, y: 64 + Double(i / 2) * Self.height, of: &drawing)
    }
    return drawing
  }

  private func panel(_ task: String, x: Double, y: Double, of drawing: inout Drawing) {
    let (left, top, right, bottom) = (x + 50, y + 34, x + 410, y + 250)
    let own = rows.filter { $0.task == task }
    let counts = rows.map { log10(Double(max(1, $0.trainedParameters))) }
    let low = floor(counts.min() ?? 0)
    let high = max((counts.max() ?? 1) + 0.2, low + 1)
    let least = own.flatMap(\.accuracies).min() ?? 0
    let floor = [0.95, 0.9, 0.8, 0.5].first { $0 < least } ?? 0
    func place(_ parameters: Double, _ accuracy: Double) -> Drawing.Point {
      .init(
        left + (parameters - low) / (high - low) * (right - left),
        bottom - (accuracy - floor) / (1 - floor) * (bottom - top))
    }
    // A task may be a path.
    let name = URL(filePath: task).deletingPathExtension().lastPathComponent
    drawing.text(name, at: .init(left, y + 18), bold: true)
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
    let points = own.map { place(log10(Double(max(1, $0.trainedParameters))), $0.mean) }
    for (row, point) in zip(own, points) {
      let color = Kind(of: row.method).color
      drawing.line(
        .init(point.x, place(0, row.accuracies.min() ?? 0).y),
        .init(point.x, place(0, row.accuracies.max() ?? 0).y), color: color)
      drawing.circle(point, radius: 3.5, fill: color)
    }
    var names = PlacedNames(
      x: left, y: top - 12, width: x + Self.width - left, height: bottom - top + 10, around: points)
    for (row, point) in zip(own, points).sorted(by: { $0.1.y < $1.1.y }) {
      guard let place = names.place(row.method, beside: point) else { continue }
      drawing.text(row.method, at: place, size: 11, color: Kind(of: row.method).color)
    }
  }

  /// 1,000 for 3.
  private static func power(_ exponent: Int) -> String {
    let leading = "1" + String(repeating: "0", count: exponent % 3)
    return leading + String(repeating: ",000", count: exponent / 3)
  }
}

/// What a method does, as far as the figure tells methods apart by their colour.
private enum Kind: String, CaseIterable {
  case edits = "edits hidden states at positions"
  case matrices = "adds to matrices"
  case prompts = "puts tokens in front"
  case adapters = "edits hidden states everywhere"
  case weights = "trains weights of the base"

  init(of method: String) {
    if ReFTConfiguration.methods.contains(where: { $0.method == method }) {
      self = .edits
      return
    }
    switch method {
    case "lora", "dora": self = .matrices
    case "prompt-tuning", "p-tuning", "prefix-tuning": self = .prompts
    case "full", "last-layer", "ln-tuning": self = .weights
    default: self = .adapters
    }
  }

  var color: Drawing.Color {
    switch self {
    case .edits: .blue
    case .matrices: .orange
    case .prompts: .purple
    case .adapters: .green
    case .weights: .grey
    }
  }
}

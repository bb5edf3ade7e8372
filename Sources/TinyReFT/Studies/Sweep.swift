import Foundation

/// One method on one task over a grid: every combination of what each flag may be, measured on dev.
///
/// Dev chooses. Held-out accuracy is told of the chosen setting alone.
///
///     units      accuracies from 0 to 1
///     paper      Wu et al. 2024, arXiv:2404.03592v3, appendix D.2: which settings to try first
public struct Sweep: Sendable {
  /// A flag of `train` without its dashes, and what it may be.
  public struct Axis: Sendable, Equatable {
    public let flag: String
    public let values: [String]

    public init(_ flag: String, _ values: [String]) { (self.flag, self.values) = (flag, values) }
  }

  public let axes: [Axis]
  public let seeds: Int

  public init(_ axes: [Axis], seeds: Int) { (self.axes, self.seeds) = (axes, seeds) }

  /// Every combination, the last axis fastest: for each axis one value.
  public var points: [[String]] {
    axes.reduce([[]]) { points, axis in
      points.flatMap { point in axis.values.map { point + [$0] } }
    }
  }

  /// The flags of a point.
  public func arguments(of point: [String]) -> [String] {
    zip(axes, point).flatMap { ["--\($0.flag)", $1] }
  }

  /// A folder's name for a point: its values, as far as names of folders allow.
  public func folder(of point: [String], seed: Int) -> String {
    let name = zip(axes, point).map { "\($0.flag)-\($1)" }.joined(separator: "_")
    return name.replacing("/", with: "-") + "_seed-\(seed)"
  }

  /// What came of one point, over its seeds.
  public struct Result: Sendable, Equatable {
    public let setting: [String: String]
    let trainedParameters: Int
    let devAccuracies: [Double]
    /// Means; nil when a run did not stay finite.
    let devTokenAccuracy, devLoss: Double?
    /// Told of the best on dev only, so not written with the others.
    var heldOut: [Double] = []

    public var mean: Double {
      devAccuracies.reduce(0, +) / Double(max(1, devAccuracies.count))
    }
  }

  /// From the reports of each point's seeds; a run that did not stay finite counts as 0.
  public func result(of point: [String], _ reports: [RunReport?]) -> Result {
    let dev = reports.compactMap { $0?.after?.dev }
    func mean(_ value: (Evaluation) -> Double) -> Double? {
      dev.isEmpty || dev.count < reports.count
        ? nil : dev.reduce(0) { $0 + value($1) } / Double(dev.count)
    }
    return Result(
      setting: Dictionary(zip(axes.map(\.flag), point)) { one, _ in one },
      trainedParameters: reports.compactMap { $0?.trainableParameters }.first ?? 0,
      devAccuracies: reports.map { $0?.devAccuracy ?? 0 },
      devTokenAccuracy: mean(\.tokenAccuracy), devLoss: mean(\.loss),
      heldOut: reports.map { $0?.accuracy ?? 0 })
  }

  /// The best on dev: of several that are as accurate that with the least loss, then the smallest.
  public static func best(of results: [Result]) -> Result? {
    func rank(_ result: Result) -> (Double, Double, Int) {
      (result.mean, -(result.devLoss ?? .infinity), -result.trainedParameters)
    }
    return results.filter { $0.trainedParameters > 0 }.max { rank($0) < rank($1) }
  }

  /// In the order of the grid, the best in bold.
  public func table(_ results: [Result]) -> Table {
    let best = Self.best(of: results)
    return Table(
      results,
      axes.map { axis in .init(shown: axis.flag) { $0.setting[axis.flag] ?? "" } } + [
        .init(json: "setting", \.setting),
        .init("trained_parameters", as: "trained", \.trainedParameters),
        .init("dev_accuracies", as: "dev accuracy", \.devAccuracies) {
          let mean = Self.spread($0.devAccuracies).mean
          return $0 == best ? "**\(mean)**" : mean
        },
        .init(shown: "least to most") { Self.spread($0.devAccuracies).range },
        .init("dev_token_accuracy", as: "tokens", \.devTokenAccuracy) {
          $0.devTokenAccuracy.map(threeDigits) ?? ""
        },
        .init("dev_loss", as: "dev loss", \.devLoss) { $0.devLoss.map(threeDigits) ?? "" },
      ])
  }

  /// The table, and what the best setting reaches on the held-out examples.
  public func markdown(_ results: [Result]) -> String {
    let text = table(results).markdown
    guard let chosen = Self.best(of: results), !chosen.heldOut.isEmpty else { return text }
    let accuracy = Self.spread(chosen.heldOut)
    return text + "\nHeld-out accuracy of the best, with \(chosen.trainedParameters) parameters: "
      + "\(accuracy.mean) (\(accuracy.range)).\n"
  }

  private static func spread(_ values: [Double]) -> (mean: String, range: String) {
    let mean = values.reduce(0, +) / Double(max(1, values.count))
    return (
      String(format: "%.3f", mean),
      String(format: "%.3f to %.3f", values.min() ?? 0, values.max() ?? 0)
    )
  }
}

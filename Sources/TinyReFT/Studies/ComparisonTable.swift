import Foundation

/// What `Comparison` found, a row for each choice, and its tables.
extension Comparison {
  /// What came of one method on one task.
  public struct Row: Sendable, Equatable {
    public let method: String
    public let task: String
    let trainedParameters: Int
    /// Of the setting that was chosen, and with which flags.
    let devAccuracy: Double
    let devLoss: Double?
    let setting: String
    /// Whether its learning rate is the least or the largest of those that were tried.
    let isAtEnd: Bool
    /// Held out, one for each seed.
    let accuracies: [Double]
    /// Held out; means over the seeds whose numbers stayed finite.
    let tokenAccuracy, loss: Double?
    /// Means over the seeds.
    let seconds: Double
    let peakMemoryMB: Double
    /// Of the tensors that were written.
    let bytesOnDisk: Int
    let baseAccuracy: Double

    var mean: Double { accuracies.reduce(0, +) / Double(max(1, accuracies.count)) }
  }

  /// A row for each choice; `bytes` measures what a run has written.
  public func rows(
    _ choices: [Run], _ reports: [Run: RunReport], bytes: (Run) -> Int
  ) -> [Row] {
    choices.compactMap { choice in
      let all = ([choice] + repeats(of: [choice])).compactMap { reports[$0] }
      guard let first = reports[choice] else { return nil }
      let mean = { (value: (RunReport) -> Double) in
        all.reduce(0) { $0 + value($1) } / Double(all.count)
      }
      let held = all.compactMap { $0.after?.test }
      func meanHeld(_ value: (Evaluation) -> Double) -> Double? {
        held.isEmpty ? nil : held.reduce(0) { $0 + value($1) } / Double(held.count)
      }
      return Row(
        method: choice.method, task: choice.task, trainedParameters: first.trainableParameters,
        devAccuracy: first.devAccuracy, devLoss: first.after?.dev.loss,
        setting: Self.settings(of: choice.method)[choice.setting - 1].joined(separator: " "),
        isAtEnd: choice.isAtEnd,
        // A seed whose loss did not stay finite has learned nothing.
        accuracies: [first.accuracy]
          + repeats(of: [choice]).map { reports[$0]?.accuracy ?? 0 },
        tokenAccuracy: meanHeld(\.tokenAccuracy), loss: meanHeld(\.loss),
        seconds: mean { $0.seconds },
        peakMemoryMB: mean { $0.peakMemoryMB }, bytesOnDisk: bytes(choice),
        baseAccuracy: first.baseAccuracy)
    }
  }

  /// The rows as they are written, the most accurate of a task first for people.
  public static func table(_ rows: [Row]) -> Table {
    Table(
      rows,
      [
        .init(json: "task", \.task), .init(json: "dev_accuracy", \.devAccuracy),
        .init(json: "dev_loss", \.devLoss),
        .init(json: "base_accuracy", \.baseAccuracy),
        .init("method", as: "method", \.method) { "`\($0.method)`" },
        .init("trained_parameters", as: "trained", \.trainedParameters),
        .init("accuracies", as: "held-out accuracy, mean (least to most)", \.accuracies) {
          let (least, most) = ($0.accuracies.min() ?? 0, $0.accuracies.max() ?? 0)
          return "\(percent($0.mean)) (\(percent(least)) to \(percent(most)))"
        },
        .init("token_accuracy", as: "tokens", \.tokenAccuracy) {
          $0.tokenAccuracy.map(percent) ?? ""
        },
        .init("loss", as: "loss", \.loss) { $0.loss.map(threeDigits) ?? "" },
        .init("setting", as: "chosen", \.setting) { "`\($0.setting)`\($0.isAtEnd ? "†" : "")" },
        .init(json: "is_at_end", \.isAtEnd),
        .init("seconds", as: "seconds", \.seconds) { String(format: "%.1f", $0.seconds) },
        .init("peak_memory_mb", as: "memory, MB", \.peakMemoryMB) {
          String(format: "%.0f", $0.peakMemoryMB)
        },
        .init("bytes_on_disk", as: "on disk, KB", \.bytesOnDisk) {
          String(format: "%.1f", Double($0.bytesOnDisk) / 1000)
        },
      ])
  }

  /// The paper's own protocol for reasoning: the setting that is best on dev of the first task serves all.
  /// Held-out accuracy of the search's seed.
  public func oneForAll(_ reports: [Run: RunReport]) -> Table {
    Table(
      choices(reports).filter { $0.task == tasks[0] },
      [.init(shown: "method") { "`\($0.method)`" }]
        + tasks.map { task in
          .init(shown: oneLine(task)) { choice in
            let run = Run(
              method: choice.method, task: task, setting: choice.setting, seed: choice.seed)
            return reports[run].map { Self.percent($0.accuracy) } ?? ""
          }
        })
  }

  /// A table for each task, the most accurate first.
  public static func markdown(_ rows: [Row]) -> String {
    var tasks: [String] = []
    for row in rows where !tasks.contains(row.task) { tasks.append(row.task) }
    return tasks.map { task in
      let own = rows.filter { $0.task == task }
        .sorted { ($0.mean, -$0.trainedParameters) > ($1.mean, -$1.trainedParameters) }
      return "### \(oneLine(task))\n\nThe base alone: \(percent(own.first?.baseAccuracy ?? 0)).\n\n"
        + table(own).markdown + "\n"
    }.joined()
      + (rows.contains(where: \.isAtEnd)
        ? "† The least or the largest learning rate that was tried: beyond it may be a better one.\n"
        : "")
  }

  static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
}

import Foundation

/// Methods against methods: which runs to make, which of them to believe, and the table.
///
/// Every method gets as many settings on a task as any other, one seed each. The setting that is best
/// on dev is trained again with more seeds, and only those are looked at on the held-out examples.
///
///     paper      Wu et al. 2024, arXiv:2404.03592v3, figure 1 and section 4; section 5 asks for
///                comparisons that give every method the same search
///     differs    the paper chooses one setting a family on one base; here each task has its own choice
public struct Comparison: Sendable {
  public let methods: [String]
  public let tasks: [String]
  /// The first is that of the search.
  public let seeds: [UInt64]

  public init(methods: [String], tasks: [String], seeds: Int) {
    (self.methods, self.tasks) = (methods, tasks)
    self.seeds = (1...max(1, seeds)).map { UInt64($0) }
  }

  /// One run of `train`: what it is called, and the flags that no other run shares.
  public struct Run: Sendable, Hashable {
    public let method: String
    public let task: String
    /// Counts from 1.
    public let setting: Int
    public let seed: UInt64

    /// Where it is written, below the comparison's own folder.
    public var folder: String {
      // The path of a task must not lead out of there.
      let name = task.replacing("%", with: "%25").replacing("/", with: "%2F")
      let task = name.hasPrefix(".") ? "%2E" + name.dropFirst() : name
      return "\(task)/\(method)/setting-\(setting)-seed-\(seed)"
    }

    public var arguments: [String] {
      // Joined, because a task may be called as flags are.
      ["--task=\(task)", "--method", method, "--seed", "\(seed)"]
        + Comparison.settings(of: method)[setting - 1]
    }
  }

  /// How many settings every method gets.
  public static let settingCount = 6

  /// Three learning rates for each of two sizes, or six learning rates where there is no size to
  /// choose. What edits positions has the paper's way of counting: prefix and suffix, every block.
  public static func settings(of method: String) -> [[String]] {
    let rates: [String: [String]] = [
      "full": ["0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03"],
      "last-layer": ["0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03"],
      "ln-tuning": ["0.001", "0.003", "0.01", "0.03", "0.1", "0.3"],
      "red": ["0.001", "0.003", "0.01", "0.03", "0.1", "0.3"],
    ]
    if let rates = rates[method] { return rates.map { ["--learning-rate", $0] } }
    let isReFT = ReFTConfiguration.methods.contains { $0.method == method }
    let isPrompt = ["prompt-tuning", "p-tuning", "prefix-tuning"].contains(method)
    return (isPrompt ? ["2", "8"] : ["1", "4"]).flatMap { size in
      (isPrompt ? ["0.01", "0.03", "0.1"] : ["0.003", "0.01", "0.03"]).map { rate in
        ["--rank", size, "--learning-rate", rate]
          + (isReFT ? ["--layers", "all", "--positions", "f3+l3", "--dropout", "0"] : [])
      }
    }
  }

  /// The runs that search.
  public var searches: [Run] {
    tasks.flatMap { task in
      methods.flatMap { method in
        (1...Self.settingCount).map {
          Run(method: method, task: task, setting: $0, seed: seeds[0])
        }
      }
    }
  }

  /// The best setting on dev of each method and task; of several the smallest, then the first.
  public func choices(_ reports: [Run: RunReport]) -> [Run] {
    tasks.flatMap { task in
      methods.compactMap { method in
        searches.filter { $0.task == task && $0.method == method && reports[$0] != nil }
          .max { one, other in
            guard let a = reports[one], let b = reports[other] else { return false }
            if a.devAccuracy != b.devAccuracy { return a.devAccuracy < b.devAccuracy }
            if a.trainableParameters != b.trainableParameters {
              return a.trainableParameters > b.trainableParameters
            }
            return one.setting > other.setting
          }
      }
    }
  }

  /// The chosen runs again, with the seeds that are left.
  public func repeats(of choices: [Run]) -> [Run] {
    choices.flatMap { choice in
      seeds.dropFirst().map {
        Run(method: choice.method, task: choice.task, setting: choice.setting, seed: $0)
      }
    }
  }

  /// What came of one method on one task.
  public struct Row: Sendable, Equatable {
    public let method: String
    public let task: String
    public let trainedParameters: Int
    /// Of the setting that was chosen, and with which flags.
    public let devAccuracy: Double
    public let setting: String
    /// Held out, one for each seed.
    public let accuracies: [Double]
    /// Means over the seeds.
    public let seconds: Double
    public let peakMemoryMB: Double
    /// Of the tensors that were written.
    public let bytesOnDisk: Int
    public let baseAccuracy: Double

    public var mean: Double { accuracies.reduce(0, +) / Double(max(1, accuracies.count)) }
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
      return Row(
        method: choice.method, task: choice.task, trainedParameters: first.trainableParameters,
        devAccuracy: first.devAccuracy,
        setting: Self.settings(of: choice.method)[choice.setting - 1].joined(separator: " "),
        // A seed whose loss did not stay finite has learned nothing.
        accuracies: [first.accuracy]
          + repeats(of: [choice]).map { reports[$0]?.accuracy ?? 0 }, seconds: mean { $0.seconds },
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
        .init(json: "base_accuracy", \.baseAccuracy),
        .init("method", as: "method", \.method) { "`\($0.method)`" },
        .init("trained_parameters", as: "trained", \.trainedParameters),
        .init("accuracies", as: "held-out accuracy, mean (least to most)", \.accuracies) {
          let (least, most) = ($0.accuracies.min() ?? 0, $0.accuracies.max() ?? 0)
          return "\(percent($0.mean)) (\(percent(least)) to \(percent(most)))"
        },
        .init("setting", as: "chosen", \.setting) { "`\($0.setting)`" },
        .init("seconds", as: "seconds", \.seconds) { String(format: "%.1f", $0.seconds) },
        .init("peak_memory_mb", as: "memory, MB", \.peakMemoryMB) {
          String(format: "%.0f", $0.peakMemoryMB)
        },
        .init("bytes_on_disk", as: "on disk, KB", \.bytesOnDisk) {
          String(format: "%.1f", Double($0.bytesOnDisk) / 1000)
        },
      ])
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
  }

  private static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
}

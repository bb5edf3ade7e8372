/// Methods against methods: which runs to make, which of them to believe, and the table.
///
/// Every method gets as many settings on a task as any other, one seed each. The setting that is best
/// on dev is trained again with more seeds, and only those are looked at on the held-out examples.
///
/// A LoReFT has its size in positions as LoRA has in its rank: where it edits, and not only how much, is
/// what tasks differ in.
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

    /// Whether no larger learning rate was tried, or no smaller one: beyond it may be a better one.
    var isAtEnd: Bool {
      let rates = Comparison.rates(of: method)
      return (setting - 1) % rates.count == 0 || setting % rates.count == 0
    }
  }

  /// How many settings every method gets.
  static let settingCount = 16

  /// Four sizes, each with four learning rates; or sixteen learning rates where there is no size to choose.
  public static func settings(of method: String) -> [[String]] {
    sizes(of: method).flatMap { size in rates(of: method).map { size + ["--learning-rate", $0] } }
  }

  private static func sizes(of method: String) -> [[String]] {
    switch method {
    case "full", "last-layer", "ln-tuning", "red": [[]]
    case "prompt-tuning", "p-tuning", "prefix-tuning":
      ["2", "4", "8", "16"].map { ["--rank", $0] }
    case _ where ReFTConfiguration.methods.contains { $0.method == method }:
      ["1", "4"].flatMap { rank in
        ["f3+l3", "all"].map {
          ["--rank", rank, "--layers", "all", "--positions", $0, "--dropout", "0"]
        }
      }
    default: ["1", "2", "4", "8"].map { ["--rank", $0] }
    }
  }

  /// From the least to the largest: as wide for each method that has a size as for any other.
  private static func rates(of method: String) -> [String] {
    sizes(of: method).count > 1
      ? ["0.001", "0.005", "0.02", "0.1"]
      : ["0.000", "0.00", "0.0", "0."].flatMap { zeros in ["1", "2", "3", "5"].map { zeros + $0 } }
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

  /// The best setting on dev of each method and task: of several that are as accurate that with the least
  /// loss, then the smallest, then the first.
  public func choices(_ reports: [Run: RunReport]) -> [Run] {
    func rank(_ run: Run) -> (Double, Double, Int) {
      guard let report = reports[run] else { return (-1, 0, 0) }
      let loss = report.after?.dev.loss ?? .infinity
      return (report.devAccuracy, -loss, -report.trainableParameters)
    }
    return tasks.flatMap { task in
      methods.compactMap { method in
        searches.filter { $0.task == task && $0.method == method && reports[$0] != nil }
          .max { rank($0) < rank($1) }
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
}

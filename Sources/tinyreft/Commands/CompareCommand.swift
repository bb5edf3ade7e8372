import Foundation
import TinyReFT

/// `tinyreft compare`: which method does how well, for how many parameters?
enum CompareCommand: Subcommand {
  static let name = "compare"

  static let summary = "Train many methods on many tasks, and draw parameters against accuracy."

  static let discussion = """
    Every method gets the same number of settings on every task; the one that is best on dev is \
    trained again with more seeds and measured on the held-out examples. Writes comparison.md, \
    comparison.json and comparison.svg, the paper's Figure 1 on the toy world. Each run is a folder \
    below, as 'tinyreft train' writes it. Ended early, the same command goes on where it stopped.
    """

  /// One task for each of the paper's four families that the toy world stands in for.
  static let tasks = Flag<[String]>.names(
    "tasks", default: ["mirror", "quiz", "so", "kind"], "Tasks: names, or paths of folders.")

  static let methods = Flag<[String]>.names(
    "methods", default: TrainCommand.allMethods.filter { !ablations.contains($0) },
    "Methods, as 'tinyreft train --method' knows them.")

  /// They have a chapter of their own.
  private static let ablations = ["noreft", "consreft", "lobireft", "orthonormal-direft"]

  static let seeds = Flag.whole(
    "seeds", "N", default: 3, in: 1...100, "How many seeds the chosen setting is trained with.")

  static let out = Flag.path(
    "out", "DIR", default: "runs/compare", "Where runs and results are written, and looked for.")

  static let endsEarly = true

  static let flagGroups = [
    FlagGroup("What", [SharedFlags.base, methods, tasks, seeds, out]),
    FlagGroup("Machine", [SharedFlags.threads]),
  ]

  static let examples = [
    Example("tinyreft compare", "Every method on four tasks: the chapter's table and figure."),
    Example(
      "tinyreft compare --methods loreft,lora --tasks so --seeds 5 --out runs/so",
      "Two methods on sums, over more seeds."),
  ]

  static func run(_ arguments: Arguments, on console: Console) throws {
    let (methods, tasks) = (try arguments[methods], try arguments[tasks])
    if let unknown = methods.first(where: { !TrainCommand.allMethods.contains($0) }) {
      throw UsageError.conflict(
        "There is no method \"\(unknown)\"; use \(TrainCommand.allMethods.joined(separator: ", "))."
      )
    }
    let folders = try tasks.map { try TaskData.folder(of: $0).standardizedFileURL }
    guard Set(folders).count == tasks.count else {
      throw UsageError.conflict("--tasks names the same task twice.")
    }
    let comparison = Comparison(methods: methods, tasks: tasks, seeds: try arguments[seeds])
    let folder = try RunFolder(URL(filePath: arguments[out]))
    let pool = RunPool(
      folder: folder.url, threads: try SharedFlags.threadCount(arguments), console: console)
    let base = try SharedFlags.baseDirectory(arguments).absoluteURL.path
    let (searches, repeats) = (
      comparison.searches, methods.count * tasks.count * (comparison.seeds.count - 1)
    )
    let progress = ProgressLine("compare ", total: searches.count + repeats, on: console)
    var failures: [RunFailed] = []
    func reports(_ runs: [Comparison.Run], done: Int) throws -> [Comparison.Run: RunReport] {
      let outcome = try pool.make(
        runs.map { ($0.folder, $0.arguments + ["--base", base]) }, progress: progress, done: done)
      failures += outcome.failures
      return zip(runs, outcome.reports).reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    var all = try reports(searches, done: 0)
    let choices = comparison.choices(all)
    all.merge(try reports(comparison.repeats(of: choices), done: searches.count)) { one, _ in one }
    progress.finish()
    guard !console.interruption.isRequested else {
      return console.print("Ended early; the same command goes on from here.")
    }
    let rows = comparison.rows(choices, all) { pool.bytes(in: $0.folder) }
    try write(rows, to: folder.url)
    console.print(Comparison.markdown(rows))
    for task in tasks {
      for method in methods where !rows.contains(where: { ($0.task, $0.method) == (task, method) })
      {
        console.print("No setting of \(method) on \(task) could be trained.")
      }
    }
    console.print("wrote     \(shown(folder.url))/comparison.md, comparison.json, comparison.svg")
    if let failure = failures.first { throw failure }
  }

  private static func write(_ rows: [Comparison.Row], to folder: URL) throws {
    func write(_ text: String, _ name: String) throws {
      try Data(text.utf8).write(to: folder.appending(path: name), options: .atomic)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    try write(String(decoding: try encoder.encode(rows), as: UTF8.self) + "\n", "comparison.json")
    try write(Comparison.markdown(rows), "comparison.md")
    try write(ParameterChart(rows).drawing.svg, "comparison.svg")
  }
}

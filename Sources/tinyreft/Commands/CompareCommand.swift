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
    FlagGroup("What", [SharedFlags.baseAlone, methods, tasks, seeds, out]),
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
    let inputs = try RunInputs.each(tasks, arguments, on: console)
    func planned(_ run: Comparison.Run) throws -> RunPool.Run? {
      try inputs[run.task].map { (run.folder, try RunPool.plan(run.arguments, $0)) }
    }
    let (searches, repeats) = (
      comparison.searches, methods.count * tasks.count * (comparison.seeds.count - 1)
    )
    // All flags of all runs are checked before the folder is touched.
    let first = try searches.compactMap(planned)
    let table = ResultTable(
      "comparison", ["json", "md", "svg"],
      arguments: ["\(comparison.seeds.count)"] + methods + tasks,
      inputs: tasks.compactMap { inputs[$0] })
    let folder = try RunFolder(URL(filePath: arguments[out]))
    let pool = RunPool(
      folder: folder, threads: try SharedFlags.threadCount(arguments), console: console)
    try pool.refuseOthers(first)
    try table.refuseOther(in: folder)
    let progress = ProgressLine("compare ", total: searches.count + repeats, on: console)
    var (failures, diverged) = ([RunFailed](), [String]())
    func reports(
      _ runs: [Comparison.Run], _ planned: [RunPool.Run], done: Int
    ) throws -> [Comparison.Run: RunReport] {
      let results = try pool.make(planned, progress: progress, done: done)
      failures += results.compactMap(\.failure)
      diverged += zip(planned, results).filter { $1.isDiverged }.map(\.0.folder)
      return zip(runs, results).reduce(into: [:]) { $0[$1.0] = $1.1.report }
    }
    var all = try reports(searches, first, done: 0)
    let choices = comparison.choices(all)
    let more = comparison.repeats(of: choices)
    let last = try more.compactMap(planned)
    try pool.refuseOthers(last)
    all.merge(try reports(more, last, done: searches.count)) { one, _ in one }
    progress.finish()
    guard !console.interruption.isRequested else {
      return console.print("Ended early; the same command goes on from here.")
    }
    let rows = comparison.rows(choices, all) { pool.bytes(in: $0.folder) }
    let pairs = tasks.flatMap { task in methods.map { (task: task, method: $0) } }
    let untrained = pairs.filter { pair in
      !rows.contains { ($0.task, $0.method) == (pair.task, pair.method) }
    }
    let markdown =
      Comparison.markdown(rows)
      + ResultTable.notes(
        missing: untrained.map { "no setting of \($0.method) on \($0.task) could be trained" }
          + failures.map(\.description), diverged: diverged)
    let svg = ParameterChart(rows).drawing.svg
    try table.write([ResultTable.json(rows), markdown, svg], to: folder)
    console.print(markdown)
    console.print("wrote     \(shown(folder.url))/comparison.md, comparison.json, comparison.svg")
    if let failure = failures.first { throw failure }
  }
}

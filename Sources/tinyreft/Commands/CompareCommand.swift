import Foundation
import TinyReFT

/// `tinyreft compare`: which method does how well, for how many parameters?
struct CompareCommand: Subcommand {
  static let name = "compare"

  static let summary = "Train many methods on many tasks, and draw parameters against accuracy."

  static let discussion = """
    Every method gets the same number of settings on every task; the one that is best on dev is \
    trained again with more seeds and measured on the held-out examples. Writes comparison.md, \
    comparison.json and comparison.svg, the paper's Figure 1 on the toy world. Each run is a folder \
    below, as 'tinyreft train' writes it. Ended early, the same command goes on where it stopped.
    """

  static let endsEarly = true

  var given: Set<String> = []
  var materials = Materials()
  /// Without the ablations, which have a chapter of their own.
  var methods = TrainCommand.allMethods.filter { !ablations.contains($0) }
  /// One task for each of the paper's four families that the toy world stands in for.
  var tasks = ["mirror", "quiz", "so", "kind"]
  var seeds = 3
  /// Flags of `train` that all runs share, by their names.
  var shared: [String: String] = [:]
  var out = "runs/compare"
  var threads = coreCount

  private static let ablations = ["noreft", "consreft", "lobireft", "orthonormal-direft"]

  static let groups: [SettingGroup<Self>] = [
    SettingGroup(
      "What",
      [
        .base(\.materials.base, absence: "data/base"),
        Setting(
          "methods", \.methods, .names(), "Methods, as 'tinyreft train --method' knows them."),
        Setting("tasks", \.tasks, .names(), "Tasks: names, or paths of folders."),
        Setting(
          "seeds", \.seeds, .whole(in: 1...100),
          "How many seeds the chosen setting is trained with."),
        Setting("out", \.out, .path(), "Where runs and results are written, and looked for."),
      ]),
    SettingGroup(
      "For all runs",
      RecipeSetting.all.map(\.setting).filter { ["epochs", "batch-size"].contains($0.name) }
        .map { Setting(of: $0, in: \.shared, otherwise: Recipe(task: "")) }),
    SettingGroup("Machine", [.threads(\.threads)]),
  ]

  static let examples = [
    Example("tinyreft compare", "Every method on four tasks: the chapter's table and figure."),
    Example(
      "tinyreft compare --methods loreft,lora --tasks so --seeds 5 --out runs/so",
      "Two methods on sums, over more seeds."),
  ]

  func run(on console: Console) throws {
    let (methods, tasks) = (methods.map { $0.lowercased() }, tasks.map(TaskPlace.name))
    if let unknown = methods.first(where: { !TrainCommand.allMethods.contains($0) }) {
      throw UsageError(
        "There is no method \"\(unknown)\"; use \(TrainCommand.allMethods.joined(separator: ", "))."
      )
    }
    let folders = try tasks.map { try TaskPlace(ofTask: $0).url.standardizedFileURL }
    guard Set(folders).count == tasks.count else {
      throw UsageError("--tasks names the same task twice.")
    }
    let shared = shared.sorted { $0.key < $1.key }.flatMap { ["--\($0.key)", $0.value] }
    let comparison = Comparison(methods: methods, tasks: tasks, seeds: seeds)
    let inputs = try RunInputs.each(tasks, materials, on: console)
    func planned(_ run: Comparison.Run) throws -> RunPool.Run? {
      try inputs[run.task].map { (run.folder, try RunPool.plan(run.arguments + shared, $0)) }
    }
    let (searches, repeats) = (
      comparison.searches, methods.count * tasks.count * (comparison.seeds.count - 1)
    )
    // All flags of all runs are checked before the folder is touched.
    let first = try searches.compactMap(planned)
    let table = ResultTable(
      "comparison", ["json", "md", "svg"],
      arguments: ["\(comparison.seeds.count)"] + methods + tasks + shared,
      inputs: tasks.compactMap { inputs[$0] })
    let folder = try RunFolder(URL(filePath: out))
    let pool = RunPool(folder: folder, threads: threads, console: console)
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
      + "\n### One setting for all, the best on dev of \(oneLine(tasks[0]))\n\n"
      + comparison.oneForAll(all).markdown
      + ResultTable.notes(
        missing: untrained.map { "no setting of \($0.method) on \($0.task) could be trained" }
          + failures.map(\.description), diverged: diverged)
    let svg = ParameterChart(rows).drawing.svg
    try table.write(Comparison.table(rows), [markdown, svg], to: folder)
    console.print(markdown)
    console.print("wrote     \(shown(folder.url))/comparison.md, comparison.json, comparison.svg")
    if let failure = failures.first { throw failure }
  }
}

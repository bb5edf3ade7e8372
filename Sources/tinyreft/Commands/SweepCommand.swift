import Foundation
import TinyReFT

/// `tinyreft sweep`: what does one method need?
enum SweepCommand: Subcommand {
  static let name = "sweep"

  static let summary = "Train one method over a grid of settings, and show dev accuracy."

  static let discussion = """
    Lists make a grid: every rank with every choice of positions, layers, sharing and learning rate. \
    What is not listed is the task's own. Held-out accuracy is told of the best on dev alone. Each run \
    is a folder of its own, and sweep.md and sweep.json hold the table. Ended early, the same command goes on \
    where it stopped.
    """

  static let ranks = list("ranks", "Ranks, such as 1,2,4; of a rival its sizes.", separator: ",")

  static let positions = list(
    "positions", "Positions, such as l1,f1+l1,f3+l3,all,every.", separator: ",")

  static let layers = list(
    "layers", "Sets of blocks with a semicolon between them, such as 'all;0;1,2'.", separator: ";")

  static let sharing = list("sharing", "Sharings, such as layer,side,position.", separator: ",")

  static let rates = list("learning-rates", "Learning rates, such as 0.003,0.01.", separator: ",")

  static let matrices = list(
    "matrices", "Sets of matrices of LoRA or DoRA, such as 'v;q,v;q,k,v,up,down'.", separator: ";")

  static let dropouts = list("dropouts", "Dropouts, such as 0,0.05.", separator: ",")

  static let seeds = Flag.whole(
    "seeds", "N", default: 1, in: 1...100, "With how many seeds each setting is trained.")

  static let out = Flag.path(
    "out", "DIR", "Where runs and the table are written, and looked for."
  ).optional("runs/sweep-TASK-METHOD")

  static let endsEarly = true

  static let flagGroups = [
    FlagGroup("What", [SharedFlags.baseAlone, SharedFlags.taskAlone, TrainCommand.method, out]),
    FlagGroup("Grid", [ranks, positions, layers, sharing, matrices, rates, dropouts, seeds]),
    FlagGroup("Machine", [SharedFlags.threads]),
  ]

  static let examples = [
    Example(
      "tinyreft sweep --task mirror --ranks 1,2,4 --positions l1,f3+l3,all",
      "How much of a word must be edited before it comes out backwards."),
    Example(
      "tinyreft sweep --task so --method lora --ranks 1,4 --matrices 'v;q,v' --seeds 3",
      "Which matrices LoRA needs for sums."),
  ]

  private static func list(
    _ name: String, _ help: String, separator: Character
  ) -> Flag<[String]?> {
    Flag<[String]>(name, "LIST", help: help) { (text) throws(InvalidValue) in
      let values = text.split(separator: separator, omittingEmptySubsequences: false)
      guard !values.contains(""), Set(values).count == values.count else {
        throw InvalidValue(problem: "expected values separated by \"\(separator)\", each once")
      }
      return values.map(String.init)
    }.optional("the task's own")
  }

  static func run(_ arguments: Arguments, on console: Console) throws {
    let method = try arguments[TrainCommand.method] ?? LoReFT.method
    let inputs = try RunInputs(arguments, on: console)
    let sweep = Sweep(try axes(arguments), seeds: try arguments[seeds])
    // All flags of all runs are checked before the folder is touched.
    let runs: [RunPool.Run] = try sweep.points.flatMap { point in
      try (1...sweep.seeds).map { seed in
        let words = ["--method", method, "--seed", "\(seed)"] + sweep.arguments(of: point)
        return (sweep.folder(of: point, seed: seed), try RunPool.plan(words, inputs))
      }
    }
    let table = ResultTable(
      "sweep", ["json", "md"], arguments: runs.flatMap(\.plan.settings), inputs: [inputs])
    let name = inputs.taskFolder.lastPathComponent
    let folder = try RunFolder(
      URL(filePath: arguments[out] ?? "runs/sweep-\(name)-\(method)"))
    let pool = RunPool(
      folder: folder, threads: try SharedFlags.threadCount(arguments), console: console)
    try pool.refuseOthers(runs)
    try table.refuseOther(in: folder)
    let progress = ProgressLine("sweep   ", total: runs.count, on: console)
    let made = try pool.make(runs, progress: progress, done: 0)
    progress.finish()
    guard !console.interruption.isRequested else {
      return console.print("Ended early; the same command goes on from here.")
    }
    // A setting of which a run failed has no mean.
    let results = sweep.points.enumerated().compactMap { i, point in
      let own = made[i * sweep.seeds..<(i + 1) * sweep.seeds]
      return own.contains { $0.failure != nil } ? nil : sweep.result(of: point, own.map(\.report))
    }
    let failures = made.compactMap(\.failure)
    let diverged = zip(runs, made).filter { $1.isDiverged }.map(\.0.folder)
    let markdown =
      sweep.markdown(results)
      + ResultTable.notes(missing: failures.map(\.description), diverged: diverged)
    try table.write([ResultTable.json(results), markdown], to: folder)
    console.print(markdown)
    console.print("wrote     \(shown(folder.url))/sweep.md, sweep.json")
    if let failure = failures.first { throw failure }
  }

  private static func axes(_ arguments: Arguments) throws -> [Sweep.Axis] {
    let flags = [
      ("rank", ranks), ("positions", positions), ("layers", layers), ("sharing", sharing),
      ("matrices", matrices), ("learning-rate", rates), ("dropout", dropouts),
    ]
    return try flags.compactMap { flag, list in
      try arguments[list].map { Sweep.Axis(flag, $0) }
    }
  }
}

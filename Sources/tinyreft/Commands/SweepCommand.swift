import Foundation
import TinyReFT

/// `tinyreft sweep`: what does one method need?
struct SweepCommand: Subcommand {
  static let name = "sweep"

  static let summary = "Train one method over a grid of settings, and show dev accuracy."

  static let discussion = """
    Lists make a grid: every rank with every choice of positions, layers, sharing and learning rate. \
    What is not listed is the task's own. Held-out accuracy is told of the best on dev alone. Each run \
    is a folder of its own, sweep.md and sweep.json hold the table, and sweep.svg shows what each \
    setting does. Ended early, the same command goes on \
    where it stopped.
    """

  static let endsEarly = true

  /// A list of values for a flag of `train`.
  private struct Axis: Sendable {
    let name, flag, help: String
    var separator: Character = ","
  }

  private static let axes = [
    Axis(name: "ranks", flag: "rank", help: "Ranks, such as 1,2,4; of a rival its sizes."),
    Axis(
      name: "positions", flag: "positions",
      help: "Positions, such as l1,f1+l1,f3+l3,all,every."),
    Axis(
      name: "layers", flag: "layers",
      help: "Sets of blocks with a semicolon between them, such as 'all;0;1,2'.", separator: ";"),
    Axis(name: "sharing", flag: "sharing", help: "Sharings, such as layer,side,position."),
    Axis(
      name: "matrices", flag: "matrices",
      help: "Sets of matrices of LoRA or DoRA, such as 'v;q,v;q,k,v,up,down'.", separator: ";"),
    Axis(
      name: "learning-rates", flag: "learning-rate", help: "Learning rates, such as 0.003,0.01."),
    Axis(name: "epochs", flag: "epochs", help: "Epochs, such as 12,48."),
    Axis(name: "batch-sizes", flag: "batch-size", help: "Batch sizes, such as 8,32."),
    Axis(name: "dropouts", flag: "dropout", help: "Dropouts, such as 0,0.05."),
  ]

  var given: Set<String> = []
  var materials = Materials()
  var method: String?
  var out: String?
  /// By the flag of `train`.
  var lists: [String: [String]] = [:]
  var seeds = 1
  var threads = coreCount

  static let groups: [SettingGroup<Self>] = [
    SettingGroup(
      "What",
      [
        .base(\.materials.base, absence: "data/base"),
        .task(\.materials.task, absence: "loud"), .method(\.method),
        Setting(
          "out", \.out, .path(), absence: "runs/sweep-TASK-METHOD",
          "Where runs and the table are written, and looked for."),
      ]),
    SettingGroup(
      "Grid",
      axes.map { axis in
        Setting(
          axis.name, \.lists[axis.flag], .names("values", separator: axis.separator),
          absence: "the task's own", axis.help)
      } + [
        Setting(
          "seeds", \.seeds, .whole(in: 1...100), "With how many seeds each setting is trained.")
      ]),
    SettingGroup("Machine", [.threads(\.threads)]),
  ]

  static let examples = [
    Example(
      "tinyreft sweep --task mirror --ranks 1,2,4 --positions l1,f3+l3,all",
      "How much of a word must be edited before it comes out backwards."),
    Example(
      "tinyreft sweep --task so --method lora --ranks 1,4 --matrices 'v;q,v' --seeds 3",
      "Which matrices LoRA needs for sums."),
  ]

  func run(on console: Console) throws {
    let method = method ?? LoReFT.method
    let inputs = try RunInputs(materials, on: console)
    let axes = Self.axes.compactMap { axis in
      lists[axis.flag].map { Sweep.Axis(axis.flag, $0) }
    }
    let sweep = Sweep(axes, seeds: seeds)
    // All flags of all runs are checked before the folder is touched.
    let runs: [RunPool.Run] = try sweep.points.flatMap { point in
      try (1...sweep.seeds).map { seed in
        let words = ["--method", method, "--seed", "\(seed)"] + sweep.arguments(of: point)
        return (sweep.folder(of: point, seed: seed), try RunPool.plan(words, inputs))
      }
    }
    let table = ResultTable(
      "sweep", ["json", "md", "svg"], arguments: runs.flatMap(\.plan.settings), inputs: [inputs])
    let name = inputs.place.name
    let folder = try RunFolder(
      URL(filePath: out ?? "runs/sweep-\(name)-\(method)"))
    let pool = RunPool(folder: folder, threads: threads, console: console)
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
    let svg = SweepChart(sweep, results).drawing.svg
    try table.write(sweep.table(results), [markdown, svg], to: folder)
    console.print(markdown)
    if let best = Sweep.best(of: results) {
      let run = sweep.folder(of: sweep.axes.map { best.setting[$0.flag] ?? "" }, seed: 1)
      console.print("best      \(shown(folder.url.appending(path: run)))")
    }
    console.print("wrote     \(shown(folder.url))/sweep.md, sweep.json, sweep.svg")
    if let failure = failures.first { throw failure }
  }
}

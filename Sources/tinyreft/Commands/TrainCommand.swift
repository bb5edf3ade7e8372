import Foundation
import TinyReFT

/// `tinyreft train`, the main job.
struct TrainCommand: Resumable {
  static let name = "train"

  static let summary = "Adapt the frozen base to a task by learning interventions."

  static let discussion = """
    Prints the held-out accuracy before and after, with a few completions side by side, and writes \
    a directory: the interventions (reft.json, interventions.safetensors), what was measured \
    (report.json) and the loss curve (loss.svg). The base's own weights are never changed. Ctrl-C \
    ends early and keeps what was learned so far. Such a run, and one that was killed, goes on with \
    --resume, to the same bits. Flags that are left out follow the task's recipe, \
    and the run begins by printing what it uses.
    """

  static let allMethods =
    ReFTConfiguration.methods.map { $0.method } + Methods.rivals.map { $0.method }

  var given: Set<String> = []
  /// The interventions are those of `--init`.
  var materials = Materials()
  var out: String?
  var method: String?
  /// What was typed for settings of the recipe.
  var chosen: [String: String] = [:]
  var threads = coreCount
  var resume: String?
  var interval = 10.0

  static let endsEarly = true

  static let groups: [SettingGroup<Self>] = [
    SettingGroup(
      "What",
      [
        .base(\.materials.base), .task(\.materials.task),
        Setting(
          "out", \.out, .path(), absence: "a new folder under runs/",
          "Where the run is written; a folder that holds one already is refused."),
      ]),
    SettingGroup(
      "Interventions",
      [.method(\.method)] + RecipeSetting.flags(.shape) + [
        Setting(
          "init", \.materials.interventions, .path(), absence: "new ones",
          "Go on from these interventions instead of new ones.")
      ]),
    SettingGroup("Rivals", RecipeSetting.flags(.rivals)),
    SettingGroup("Training", RecipeSetting.flags(.training)),
    SettingGroup("Machine", RecipeSetting.flags(.machine) + [.threads(\.threads)]),
    resuming,
  ]

  static let examples = [
    Example(
      "tinyreft train",
      "The main job: the toy base learns to answer in upper case, by one rank-1 edit of one token."),
    Example(
      "tinyreft train --task mirror --method direft --rank 2 --layers all --positions f3+l3",
      "Words are spelled backwards, by edits of six tokens in every block."),
    Example(
      "tinyreft train --resume runs/mirror-loreft",
      "A run that was ended by Ctrl-C, or killed, goes on."),
  ]

  func run(on console: Console) throws {
    let resumed = try ResumedRun(self)
    let begun = resumed?.command ?? self
    let plan = try TrainPlan(begun, RunInputs(begun.materials, on: console))
    // Behind all that is read, so that what cannot be read leaves no folder.
    let folder =
      try resumed?.folder ?? out.map { try RunFolder(new: URL(filePath: $0), as: plan.identity) }
      ?? RunFolder(named: "\(plan.inputs.place.name)-\(plan.method.name)")
    try plan.identity.write(to: folder.place())
    let checkpoints = Checkpointing(
      in: folder, command: plan.words, every: .seconds(begun.interval),
      data: plan.inputs.data.fingerprint, goingOnFrom: resumed?.checkpoint)
    try TrainRun(plan: plan, folder: folder, checkpoints: checkpoints, console: console).run()
  }
}

import Foundation
import TinyReFT

/// What `train` is going to do: the flags, the task's recipe where a flag was left out, and what was
/// read, all checked before the work begins and before a file is made.
struct TrainPlan {
  let inputs: RunInputs
  let method: PlannedMethod
  let recipe: Recipe
  /// Interventions to go on from.
  let initial: URL?
  /// What begins to read labels, where the task has them.
  let classifier: Classifier?
  /// The flags that repeat the run, every choice written out, but for the base, the task and the
  /// folder, and for the number of threads, which decides nothing.
  let settings: [String]

  init(_ command: TrainCommand, _ inputs: RunInputs) throws {
    self.inputs = inputs
    let decoder = inputs.base.decoder.configuration
    var recipe = try Self.recipe(for: inputs.task, command)
    initial = command.materials.interventions.map { URL(filePath: $0) }
    if let initial {
      method = try Self.method(of: initial, command, for: decoder)
    } else {
      method = try PlannedMethod(command.method ?? LoReFT.method, recipe, for: decoder)
    }
    for own in RecipeSetting.all where command.chosen[own.setting.name] != nil {
      if let why = own.refusal(by: method) {
        throw UsageError("--\(own.setting.name) says nothing here: \(why).")
      }
    }
    if case .reft(_, let phi) = method, !Self.canBeIdentity(phi) {
      if recipe.start == .identity, command.given.contains("start") {
        throw UsageError(
          "No \(method.name) is the identity; leave --start out, or use --start random.")
      }
      recipe.start = .random
    }
    if recipe.evalEvery == 0, recipe.keep == .best {
      throw UsageError("--keep best needs a look at dev; leave out --eval-every 0.")
    }
    recipe.layers = recipe.layers ?? Array(0..<decoder.layerCount)
    recipe.alpha = recipe.alpha ?? Double(recipe.rank)
    self.recipe = recipe
    classifier = try Self.classifier(
      for: inputs.data.train.labels, initial, width: decoder.hiddenSize, seed: recipe.options.seed)
    settings = Self.settings(method, initial, recipe)
    let taken = method.takenContext(of: inputs.base.decoder)
    for split in [data.train, data.dev, data.test] {
      try checkRoom(split.longest, takenBy: taken, in: decoder)
    }
  }

  /// With `--init` the interventions are what they are.
  private static func method(
    of initial: URL, _ command: TrainCommand, for decoder: DecoderConfiguration
  ) throws -> PlannedMethod {
    let shape = RecipeSetting.all.filter { $0.part == .shape || $0.part == .rivals }
    let names = ["method"] + shape.map(\.setting.name)
    if let name = names.first(where: command.given.contains) {
      throw UsageError(
        "--\(name) cannot be chosen with --init, whose interventions have one already.")
    }
    guard Methods.registry?.isOne(initial) != true else {
      throw UsageError(
        "--init goes on from interventions, and \(shown(initial)) holds a rival of theirs.")
    }
    let c = try InterventionsDirectory.read(initial, for: decoder).configuration
    return .reft(c, try c.check(against: decoder))
  }

  /// Whether some tensors make Φ(h) = h for every h.
  private static func canBeIdentity<Phi: InterventionFunction>(_ phi: Phi.Type) -> Bool {
    var stream = RandomStream(seed: 1)
    let h = Tensor([[1, 2]])
    return Phi(rank: 1, width: 2, start: .identity, using: &stream)(h) == h
  }

  /// The task's recipe, and over it whatever flags say.
  private static func recipe(for task: String, _ command: TrainCommand) throws -> Recipe {
    let isRival = Methods.rivals.contains { $0.method == command.method }
    var recipe = isRival ? Recipe(rivalTask: task) : Recipe(task: task)
    for own in RecipeSetting.all {
      if let text = command.chosen[own.setting.name] {
        try own.setting.take(text, into: &recipe)
      }
    }
    recipe.options.threads = command.threads
    return recipe
  }

  /// That of `--init` if it has one, or a new one; nil without labels.
  private static func classifier(
    for labels: [String]?, _ initial: URL?, width: Int, seed: UInt64
  ) throws -> Classifier? {
    guard let labels else { return nil }
    guard let initial, let saved = try ClassifierDirectory.read(initial, width: width) else {
      return Classifier(width: width, labelCount: labels.count, seed: seed)
    }
    guard saved.labels == labels else {
      throw Refusal(
        "the classifier in \(shown(initial)) has other labels than the task",
        "use the task it was trained on")
    }
    return saved.head
  }

  private static func settings(
    _ method: PlannedMethod, _ initial: URL?, _ recipe: Recipe
  ) -> [String] {
    let own = RecipeSetting.all.filter {
      $0.refusal(by: method) == nil && (initial == nil || $0.part != .shape)
    }
    return (initial.map { ["--init", shown($0)] } ?? ["--method", method.name])
      + own.flatMap { $0.setting.words(recipe) }
  }

  /// The words that repeat the run, but for its folder: from here.
  var words: [String] { words(task: inputs.task, base: shown(inputs.baseDirectory)) }

  /// The same from any folder.
  var wordsFromAnywhere: [String] {
    let isName = inputs.place.url.lastPathComponent == inputs.task
    return words(
      task: isName && !RunFolder.holds([inputs.task], at: URL(filePath: "."))
        ? inputs.task : inputs.place.url.absoluteURL.path,
      base: inputs.baseDirectory.absoluteURL.path)
  }

  private func words(task: String, base: String) -> [String] {
    // Joined, because a task may be called as flags are.
    [TrainCommand.name, "--task=\(task)", "--base", base] + settings
      + ["--threads", "\(recipe.options.threads)"]
  }

  /// The same as one types it.
  var commandLine: String {
    (["tinyreft"] + words).map(shellQuoted).joined(separator: " ")
  }

  /// Who looks at dev meanwhile.
  var watch: DevWatch? {
    DevWatch(
      dev: data.dev.examples, training: data.train.examples.count, recipe.options,
      every: recipe.evalEvery, keep: recipe.keep ?? .last)
  }

  var base: BaseModel { inputs.base }

  var data: TaskSplits { inputs.data }

  /// By what a run of this plan is known again.
  var identity: RunIdentity { inputs.identity(settings) }
}

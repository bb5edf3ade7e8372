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

  init(_ arguments: Arguments, _ inputs: RunInputs) throws {
    self.inputs = inputs
    let decoder = inputs.base.decoder.configuration
    var recipe = try Self.recipe(for: URL(filePath: inputs.task).lastPathComponent, arguments)
    initial = try arguments[TrainCommand.initial].map { URL(filePath: $0) }
    if let initial {
      try Self.refuseShape(arguments)
      guard Methods.registry?.isOne(initial) != true else {
        throw UsageError.conflict(
          "--init goes on from interventions, and \(shown(initial)) holds a rival of theirs.")
      }
      let c = try InterventionsDirectory.read(initial, for: decoder).configuration
      method = .reft(c, try c.check(against: decoder))
    } else {
      method = try PlannedMethod(arguments, recipe, for: decoder)
    }
    if case .reft(_, let phi) = method, !Self.canBeIdentity(phi) {
      if try arguments[TrainCommand.start] == .identity {
        throw UsageError.conflict(
          "No \(method.name) is the identity; leave --start out, or use --start random.")
      }
      recipe.start = .random
    }
    self.recipe = recipe
    classifier = try Self.classifier(
      for: inputs.data.train.labels, initial, width: decoder.hiddenSize, seed: recipe.options.seed)
    settings = Self.settings(method, initial, recipe)
    let taken = method.takenContext(of: inputs.base.decoder)
    for split in [data.train, data.dev, data.test] {
      try checkRoom(split.longest, takenBy: taken, in: decoder)
    }
  }

  /// Whether some tensors make Φ(h) = h for every h.
  private static func canBeIdentity<Phi: InterventionFunction>(_ phi: Phi.Type) -> Bool {
    var stream = RandomStream(seed: 1)
    let h = Tensor([[1, 2]])
    return Phi(rank: 1, width: 2, start: .identity, using: &stream)(h) == h
  }

  /// The task's recipe, and over it whatever flags say.
  private static func recipe(for task: String, _ arguments: Arguments) throws -> Recipe {
    let method = try arguments[TrainCommand.method]
    let isRival = Methods.rivals.contains { $0.method == method }
    var recipe = isRival ? Recipe(rivalTask: task) : Recipe(task: task)
    func set<Value>(_ path: WritableKeyPath<Recipe, Value>, _ flag: Flag<Value?>) throws {
      if let value = try arguments[flag] { recipe[keyPath: path] = value }
    }
    if let layers = try arguments[TrainCommand.layers] {
      recipe.layers =
        switch layers {
        case .all: nil
        case .listed(let layers): layers
        }
    }
    if let dropout = try arguments[TrainCommand.dropout] { recipe.dropout = Scalar(dropout) }
    try set(\.rank, TrainCommand.rank)
    try set(\.positions, TrainCommand.positions)
    try set(\.sharing, TrainCommand.sharing)
    try set(\.start, TrainCommand.start)
    try set(\.options.epochs, TrainCommand.epochs)
    try set(\.options.batchSize, TrainCommand.batchSize)
    try set(\.options.learningRate, TrainCommand.learningRate)
    try set(\.options.warmup, TrainCommand.warmup)
    try set(\.options.schedule, TrainCommand.schedule)
    try set(\.options.weightDecay, TrainCommand.weightDecay)
    try set(\.options.clip, TrainCommand.clip)
    recipe.options.shuffle = try arguments[TrainCommand.shuffle]
    recipe.options.seed = UInt64(try arguments[SharedFlags.seed])
    recipe.options.threads = try SharedFlags.threadCount(arguments)
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
    guard saved.labels == labels else { throw OtherLabels(of: shown(initial)) }
    return saved.head
  }

  /// With `--init` the interventions are what they are.
  private static func refuseShape(_ arguments: Arguments) throws {
    let given: [(String, Bool)] = [
      ("method", try arguments[TrainCommand.method] != nil),
      ("rank", try arguments[TrainCommand.rank] != nil),
      ("layers", try arguments[TrainCommand.layers] != nil),
      ("positions", try arguments[TrainCommand.positions] != nil),
      ("sharing", try arguments[TrainCommand.sharing] != nil),
      ("start", try arguments[TrainCommand.start] != nil),
      ("alpha", try arguments[TrainCommand.alpha] != nil),
      ("matrices", try arguments[TrainCommand.matrices] != nil),
    ]
    if let (flag, _) = given.first(where: \.1) {
      throw UsageError.conflict(
        "--\(flag) cannot be chosen with --init, whose interventions have one already.")
    }
  }

  /// The words that repeat the run, but for its folder: from here.
  var words: [String] { words(task: inputs.task, base: shown(inputs.baseDirectory)) }

  /// The same from any folder.
  var wordsFromAnywhere: [String] {
    let isName = inputs.taskFolder.lastPathComponent == inputs.task
    return words(
      task: isName && !RunFolder.holds([inputs.task], at: URL(filePath: "."))
        ? inputs.task : inputs.taskFolder.absoluteURL.path,
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

  var base: BaseModel { inputs.base }

  var data: TaskSplits { inputs.data }

  /// By what a run of this plan is known again.
  var identity: RunIdentity { inputs.identity(settings) }

  private static func settings(
    _ method: PlannedMethod, _ initial: URL?, _ recipe: Recipe
  ) -> [String] {
    let o = recipe.options
    let shape = initial.map { ["--init", shown($0)] } ?? method.words(start: recipe.start)
    let training = [
      "--epochs", "\(o.epochs)", "--batch-size", "\(o.batchSize)",
      "--learning-rate", "\(o.learningRate)", "--warmup", "\(o.warmup)",
      "--schedule", o.schedule.rawValue, "--weight-decay", "\(o.weightDecay)",
      "--clip", "\(o.clip)", o.shuffle ? "--shuffle" : "--no-shuffle", "--seed", "\(o.seed)",
    ]
    return shape + training + (method.isRival ? [] : ["--dropout", "\(recipe.dropout)"])
  }
}

/// A classifier was trained on other labels than those of the task.
struct OtherLabels: Error, CustomStringConvertible {
  let folder: String

  init(of folder: String) { self.folder = folder }

  var description: String {
    "the classifier in \(folder) has other labels than the task; use the task it was trained on"
  }
}

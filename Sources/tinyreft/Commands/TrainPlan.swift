import Foundation
import TinyReFT

/// What `train` is going to do: the flags, the task's recipe where a flag was left out, and the
/// files, all checked before the work begins.
struct TrainPlan {
  let task: String
  let baseDirectory: URL
  let base: BaseModel
  let method: PlannedMethod
  let recipe: Recipe
  /// Interventions to go on from.
  let initial: URL?
  /// Where the run is written.
  let folder: RunFolder
  let checkpoints: Checkpointing
  let (train, dev, test): (TaskData, TaskData, TaskData)
  /// What begins to read labels, where the task has them.
  let classifier: Classifier?
  /// The flags that repeat the run.
  private let words: [String]

  init(_ typed: Arguments) throws {
    let resumed = try ResumedRun(typed)
    let arguments = resumed?.arguments ?? typed
    let task = try arguments[SharedFlags.task]
    (baseDirectory, base) = try SharedFlags.readBase(arguments)
    let decoder = base.decoder.configuration
    var recipe = try Self.recipe(for: URL(filePath: task).lastPathComponent, arguments)
    initial = try arguments[TrainCommand.initial].map { URL(filePath: $0) }
    if let initial {
      try Self.refuseShape(arguments)
      guard !AdapterDirectory.isOne(initial) else {
        throw UsageError.conflict(
          "--init goes on from interventions, and \(shown(initial)) holds a rival of theirs.")
      }
      let c = try InterventionsDirectory.read(initial, for: decoder).configuration
      method = .reft(c, try c.check(against: decoder))
    } else {
      method = try PlannedMethod(arguments, recipe, for: decoder)
    }
    if case .reft(_, let phi) = method, !phi.hasIdentity {
      if try arguments[TrainCommand.start] == .identity {
        throw UsageError.conflict(
          "No \(method.name) is the identity; leave --start out, or use --start random.")
      }
      recipe.start = .random
    }
    self.recipe = recipe
    let data = try TaskData.folder(of: task)
    let tokenizer = base.tokenizer
    func read(_ split: Split, labels: [String]? = nil) throws -> TaskData {
      try TaskData(
        folder: data, split: split, tokenizer: tokenizer, contextLength: decoder.contextLength,
        labels: labels)
    }
    let train = try read(.train)
    (dev, test) = (try read(.dev, labels: train.labels), try read(.test, labels: train.labels))
    guard dev.labels == train.labels, test.labels == train.labels else {
      throw TaskError.mixedSplits
    }
    classifier = try Self.classifier(
      for: train.labels, initial, width: decoder.hiddenSize, seed: recipe.options.seed)
    self.train = train
    self.task = task
    // Behind all that is read, so that what cannot be read leaves no folder.
    folder =
      try resumed?.folder
      ?? arguments[TrainCommand.out].map { try RunFolder(new: URL(filePath: $0)) }
      ?? RunFolder(named: "\(data.lastPathComponent)-\(method.name)")
    words = Self.words(task, baseDirectory, method, initial, recipe)
    checkpoints = Checkpointing(
      in: folder.url, command: [TrainCommand.name] + words,
      every: .seconds(try arguments[ResumedRun.interval]), goingOnFrom: resumed?.checkpoint)
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

  /// Throws when an example has no room beside the places that a method needs for itself.
  func checkContext(takenBy method: Int) throws {
    for data in [train, dev, test] {
      try checkRoom(data.longest, takenBy: method, in: base.decoder.configuration)
    }
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

  /// What a run that goes on has behind it.
  var stepsTaken: Int { checkpoints.stepsTaken }

  /// The command line that repeats the run.
  var commandLine: String {
    (["tinyreft", TrainCommand.name] + words).map(shellQuoted).joined(separator: " ")
  }

  /// Every choice written out, but for the folder.
  private static func words(
    _ task: String, _ baseDirectory: URL, _ method: PlannedMethod, _ initial: URL?, _ recipe: Recipe
  ) -> [String] {
    let o = recipe.options
    var words = ["--task", task, "--base", shown(baseDirectory)]
    if let initial {
      words += ["--init", shown(initial)]
    } else {
      words += method.words(start: recipe.start)
    }
    words += [
      "--epochs", "\(o.epochs)", "--batch-size", "\(o.batchSize)",
      "--learning-rate", "\(o.learningRate)", "--warmup", "\(o.warmup)",
      "--schedule", o.schedule.rawValue, "--weight-decay", "\(o.weightDecay)",
      "--clip", "\(o.clip)",
      o.shuffle ? "--shuffle" : "--no-shuffle", "--seed", "\(o.seed)", "--threads", "\(o.threads)",
    ]
    if !method.isRival { words += ["--dropout", "\(recipe.dropout)"] }
    return words
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

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
  let out: URL
  let (train, dev, test): (TaskData, TaskData, TaskData)
  /// What begins to read labels, where the task has them.
  let classifier: Classifier?

  init(_ arguments: Arguments) throws {
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
    let folder = try TaskData.folder(of: task)
    let tokenizer = base.tokenizer
    func read(_ split: Split, labels: [String]? = nil) throws -> TaskData {
      try TaskData(
        folder: folder, split: split, tokenizer: tokenizer, contextLength: decoder.contextLength,
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
    out = try Self.prepare(
      arguments[TrainCommand.out],
      name: "\(folder.lastPathComponent)-\(method.name)")
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

  /// The folder that the run is written to, made now, so that it fails before the work and not
  /// after it. One that holds a run is refused: nothing is overwritten unasked.
  private static func prepare(_ path: String?, name: String) throws -> URL {
    let files = FileManager.default
    var folder = URL(filePath: path ?? "runs/\(name)")
    if path == nil {
      var number = 2
      while files.fileExists(atPath: folder.path) {
        folder = URL(filePath: "runs/\(name)-\(number)")
        number += 1
      }
    } else if holdsRun(folder) {
      throw OutputTaken(folder: shown(folder))
    }
    try createFolder(folder)
    guard files.isWritableFile(atPath: folder.path) else {
      throw CocoaError(.fileWriteNoPermission, userInfo: [NSFilePathErrorKey: folder.path])
    }
    return folder
  }

  private static func holdsRun(_ folder: URL) -> Bool {
    ["reft.json", "adapter.json", "report.json"].contains {
      FileManager.default.fileExists(atPath: folder.appending(path: $0).path)
    }
  }

  /// Where the run is written: `out`, or a folder beside it when another run, begun at the same time,
  /// was written there first.
  var place: URL {
    var (folder, number) = (out, 2)
    while Self.holdsRun(folder) {
      folder = URL(filePath: "\(out.path)-\(number)")
      number += 1
    }
    return folder
  }

  /// The command line that repeats the run, every choice written out.
  var commandLine: String {
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
    return (["tinyreft", "train"] + words.map(shellQuoted)).joined(separator: " ")
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

/// `--out` names a folder that a run, or a base, was written to.
struct OutputTaken: Error, CustomStringConvertible {
  let folder: String

  var description: String {
    "\(folder) holds a run or a base already; choose another --out, or remove it first"
  }
}

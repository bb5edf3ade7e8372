import Foundation
import TinyReFT

/// `tinyreft eval`: how good is it?
enum EvalCommand: Subcommand {
  static let name = "eval"

  static let summary = "Measure a base, with or without interventions, on a task."

  static let discussion = """
    Prints the accuracy, which is the share of prompts whose greedy completion is exactly the \
    wanted one, end included, and the loss in nats per token of the wanted completions. Of a task \
    with labels: the share of texts whose label is right, and nats per label.
    """

  static let split = Flag.choice(
    "split", default: Split.test,
    "Which examples: those trained on, those for choosing settings, or those held out.")

  static let flagGroups = [
    FlagGroup("What", [SharedFlags.base, SharedFlags.interventions, SharedFlags.task, split]),
    FlagGroup("Machine", [SharedFlags.threads, SharedFlags.json]),
  ]

  static let examples = [
    Example("tinyreft eval --task quiz", "What the frozen base answers by itself."),
    Example(
      "tinyreft eval --task quiz --interventions runs/quiz-loreft --split dev --json",
      "The same base, edited, on the dev examples, as JSON for a script."),
  ]

  static func run(_ arguments: Arguments, on console: Console) throws {
    var (directory, base) = try SharedFlags.readBase(arguments, on: console)
    let (task, split) = (try SharedFlags.taskName(arguments), try arguments[split])
    let adaptation = try SharedFlags.readInterventions(arguments, for: &base.decoder).adaptation
    let interventions = try arguments[SharedFlags.interventions]
    let classifier = try interventions.flatMap {
      try ClassifierDirectory.read(
        URL(filePath: $0), width: base.decoder.configuration.hiddenSize)
    }
    let folder = try TaskData.folder(of: task)
    let (tokenizer, context) = (base.tokenizer, base.decoder.configuration.contextLength)
    try RunOrigin(arguments)?.warn(
      ofTask: task,
      { try TaskSplits(folder: folder, tokenizer: tokenizer, contextLength: context) },
      on: console)
    let data = try TaskData(
      folder: folder, split: split, tokenizer: tokenizer, contextLength: context,
      labels: classifier?.labels)
    guard data.labels == nil || classifier != nil else { throw NoClassifier(task: task) }
    let head = data.labels == nil ? nil : classifier?.head
    let threads = try SharedFlags.threadCount(arguments)
    let result = try evaluate(adaptation, head, base, data, threads: threads).checked()
    if try arguments[SharedFlags.json] {
      let output = Output(task: task, split: split.rawValue, result: result)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return console.print(String(decoding: try encoder.encode(output), as: UTF8.self))
    }
    console.print("base        \(shown(directory))")
    console.print("adapted by  \(interventions ?? "nothing")")
    console.print("task        \(task), \(grouped(result.count)) \(split.rawValue) examples")
    console.print("accuracy    \(threeDigits(result.accuracy))")
    console.print(
      "loss        \(threeDigits(result.loss)) nats per \(head == nil ? "token" : "label")")
  }

  private static func evaluate(
    _ adaptation: some Adaptation, _ head: Classifier?, _ base: BaseModel, _ data: TaskData,
    threads: Int
  ) throws -> Evaluation {
    let model = AdaptedDecoder(base.decoder, adaptation, head)
    try checkRoom(data.longest, takenBy: base.decoder.takenContext, in: base.decoder.configuration)
    return model.evaluate(data.examples, threads: threads)
  }

  /// A task with labels, and nothing that was trained to give them.
  private struct NoClassifier: Error, CustomStringConvertible {
    let task: String

    var description: String {
      "\(task) has labels, and no classifier reads them; name --interventions, a folder that "
        + "'tinyreft train --task \(task)' wrote"
    }
  }

  /// What `--json` prints.
  private struct Output: Encodable {
    let (task, split): (String, String)
    let (accuracy, loss, count): (Double, Double, Int)

    init(task: String, split: String, result: Evaluation) {
      (self.task, self.split) = (task, split)
      (accuracy, loss, count) = (result.accuracy, result.loss, result.count)
    }

    enum CodingKeys: String, CodingKey { case task, split, accuracy, loss, count }
  }
}

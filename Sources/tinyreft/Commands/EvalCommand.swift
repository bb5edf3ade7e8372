import Foundation
import TinyReFT

/// `tinyreft eval`: how good is it?
struct EvalCommand: Subcommand {
  static let name = "eval"

  static let summary = "Measure a base, with or without interventions, on a task."

  static let discussion = """
    Prints the accuracy, which is the share of prompts whose greedy completion is exactly the \
    wanted one, end included, the share of their tokens that is right, and the loss in nats per token of the wanted completions. Of a task \
    with labels: the share of texts whose label is right, and nats per label.
    """

  var given: Set<String> = []
  var materials = Materials()
  var split = Split.test
  var threads = coreCount
  var json = false
  var predictions: String?

  static let groups: [SettingGroup<Self>] = [
    SettingGroup(
      "What",
      [
        .base(\.materials.base), .interventions(\.materials.interventions),
        .task(\.materials.task),
        Setting(
          "split", \.split, .choice,
          "Which examples: those trained on, those for choosing settings, or those held out."),
        Setting(
          "predictions", \.predictions, .path("FILE"), absence: "none is written",
          "A new file for what was answered beside what was wanted, one JSON object a line."),
      ]),
    SettingGroup("Machine", [.threads(\.threads), .json(\.json)]),
  ]

  static let examples = [
    Example("tinyreft eval --task quiz", "What the frozen base answers by itself."),
    Example(
      "tinyreft eval --task quiz --interventions runs/quiz-loreft --split dev --json",
      "The same base, edited, on the dev examples, as JSON for a script."),
  ]

  func run(on console: Console) throws {
    var (directory, base) = try materials.readBase(on: console)
    let task = try materials.taskName()
    let adaptation = try materials.readInterventions(for: &base.decoder).adaptation
    let classifier = try materials.interventions.flatMap {
      try ClassifierDirectory.read(
        URL(filePath: $0), width: base.decoder.configuration.hiddenSize)
    }
    let place = try TaskPlace(ofTask: task)
    let (tokenizer, context) = (base.tokenizer, base.decoder.configuration.contextLength)
    try RunOrigin(materials.interventions)?.warn(
      ofTask: task,
      { try TaskSplits(place, tokenizer: tokenizer, contextLength: context) },
      on: console)
    let data = try TaskData(
      place, split: split, tokenizer: tokenizer, contextLength: context,
      labels: classifier?.labels)
    guard data.labels == nil || classifier != nil else {
      throw Refusal(
        "\(task) has labels, and no classifier reads them",
        "name --interventions, a folder that 'tinyreft train --task \(task)' wrote")
    }
    let head = data.labels == nil ? nil : classifier?.head
    let result = try evaluate(adaptation, head, base, data).checked()
    if json {
      return try console.print(
        JSONObject([
          "task": task, "split": split.rawValue, "accuracy": result.accuracy,
          "token_accuracy": result.tokenAccuracy, "loss": result.loss, "count": result.count,
        ]))
    }
    console.print("base        \(shown(directory))")
    console.print("adapted by  \(materials.interventions ?? "nothing")")
    console.print("task        \(task), \(grouped(result.count)) \(split.rawValue) examples")
    console.print("accuracy    \(threeDigits(result.accuracy))")
    if head == nil { console.print("tokens      \(threeDigits(result.tokenAccuracy)) right") }
    console.print(
      "loss        \(threeDigits(result.loss)) nats per \(head == nil ? "token" : "label")")
  }

  private func evaluate(
    _ adaptation: some Adaptation, _ head: Classifier?, _ base: BaseModel, _ data: TaskData
  ) throws -> Evaluation {
    let model = AdaptedDecoder(base.decoder, adaptation, head)
    try checkRoom(data.longest, takenBy: base.decoder.takenContext, in: base.decoder.configuration)
    let result = model.evaluate(data.examples, threads: threads)
    if let predictions {
      try Prediction.write(
        model.predictions(on: data, base.tokenizer, threads: threads),
        to: URL(filePath: predictions))
    }
    return result
  }
}

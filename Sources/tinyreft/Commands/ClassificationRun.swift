import Foundation
import TinyReFT

// What `train` does otherwise where the task has labels (eqs. 5 and 6): a classifier learns beside
// the interventions, and its rival is the same classifier alone.

/// What the base could do before it was adapted.
struct Before {
  /// The base, or the probe.
  let measured: Measured
  /// Held-out accuracy of always saying the commonest label of train.
  var majority: Double?
  var probe: Probe?
}

extension TrainRun {
  func printClassifier() {
    guard let head = plan.classifier, let labels = plan.data.train.labels else { return }
    console.print(
      "head      \(grouped(labels.count)) labels: "
        + console.paint("\(grouped(head.parameterCount)) parameters", .bold)
        + ", counted apart, as in the paper")
    // Swift compares characters: an é is one, whether written as one code point or two.
    if let twin = labels.first(where: { label in labels.count { $0 == label } > 1 }) {
      console.print(
        "labels    \(twin.debugDescription) stands for two that look alike and differ in bytes; "
          + "write both the same if they are one")
    }
  }

  /// The commonest label and the probe, which nothing should be compared without; nil when the user
  /// ended it before its time.
  func measureProbe(_ head: Classifier) throws -> Before? {
    let (labels, test) = (plan.data.train.labels ?? [], plan.data.test.examples)
    let counts = plan.data.train.examples.reduce(into: labels.map { _ in 0 }) { counts, example in
      if let label = example.tokens.last { counts[label] += 1 }
    }
    let commonest = counts.firstIndex(of: counts.max() ?? 0) ?? 0
    let majority = Double(test.count { $0.tokens.last == commonest }) / Double(max(1, test.count))
    console.print(
      "majority  held-out accuracy \(threeDigits(majority)), always saying "
        + labels[commonest].debugDescription)
    let probe = Probe(
      head, on: plan.base.decoder, train: plan.data.train.examples, dev: plan.data.dev.examples,
      options: plan.recipe.options, goesOn: { !console.interruption.isRequested })
    guard !console.interruption.isRequested else { return nil }
    let result = try probe.model.measure(
      on: plan.data, threads: plan.recipe.options.threads)
    printMeasured("probe", result)
    console.print(
      "          the head alone at learning rate \(probe.learningRate), of "
        + "\(Probe.learningRates.count) the best on dev")
    return Before(measured: result, majority: majority, probe: probe)
  }

  /// A few held-out texts, with the label that the probe gives, and that ReFT does.
  func printLabels(_ probe: Probe, _ adapted: AdaptedDecoder<some Adaptation>) throws {
    let labels = plan.data.train.labels ?? []
    console.print()
    for (item, example) in zip(plan.data.test.items, plan.data.test.examples).prefix(4) {
      let prompt = Array(example.tokens[..<example.promptLength])
      let (before, after) = (
        labels[try probe.model.label(of: prompt)], labels[try adapted.label(of: prompt)]
      )
      console.print(
        "  \(item.prompt.debugDescription)  probe \(before.debugDescription)  adapted "
          + console.paint(after.debugDescription, after == item.completion ? .green : .red))
    }
    console.print()
  }

  /// Beside what adapts the base, where there is a classifier.
  func writeClassifier(_ head: Classifier?, to place: URL) throws {
    guard let head, let labels = plan.data.train.labels else { return }
    try ClassifierDirectory.write(head, labels: labels, to: place)
  }
}

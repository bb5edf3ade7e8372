/// A task, all of it: what is trained on, what settings are chosen by, and what is held out.
public struct TaskSplits: Sendable {
  public let (train, dev, test): (TaskData, TaskData, TaskData)

  /// Throws what `TaskData` throws, and when the splits are not of one kind.
  public init(_ place: TaskPlace, tokenizer: Tokenizer, contextLength: Int) throws {
    func read(_ split: Split, labels: [String]?) throws -> TaskData {
      try TaskData(
        place, split: split, tokenizer: tokenizer, contextLength: contextLength, labels: labels)
    }
    train = try read(.train, labels: place.labels())
    (dev, test) = (try read(.dev, labels: train.labels), try read(.test, labels: train.labels))
    guard dev.labels == train.labels, test.labels == train.labels else {
      throw Refusal(
        "some splits of the task have labels and others completions",
        "give all of them the same keys")
    }
  }

  /// What tells these examples from others, wherever they stand: every token of every split, and the names of labels.
  public var fingerprint: Fingerprint {
    var all = Fingerprint()
    // On one line each, so that no two lists of labels look alike.
    for label in train.labels ?? [] {
      all.add(label.replacing("\\", with: "\\\\").replacing("\n", with: "\\n") + "\n")
    }
    for split in [train, dev, test] {
      all.add(split.examples.count)
      for example in split.examples {
        all.add(example.promptLength)
        all.add(example.tokens.count)
        for token in example.tokens { all.add(token) }
      }
    }
    return all
  }
}

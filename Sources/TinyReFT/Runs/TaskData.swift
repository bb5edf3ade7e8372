/// One split of a task, read and tokenised.
///
/// An example is the beginning-of-text token, the prompt, the completion and the end-of-text token.
/// Prompt and completion are tokenised apart and joined, so that where one ends does not depend on
/// the other. Where there are labels, the text is the prompt, and after it comes the number of its
/// label.
///
///     format     JSON Lines of prompts and completions, or of texts and labels
public struct TaskData: Sendable {
  public let items: [TaskItem]
  public let examples: [TokenSequence]
  /// What a classifier chooses from, in the order of its logits; nil where completions are asked for.
  public let labels: [String]?

  /// Tokens of the longest example; its last is predicted and never read, and not counted.
  public var longest: Int { examples.map { $0.tokens.count - 1 }.max() ?? 0 }

  /// Reads one split. Throws when it is empty, an example does not fit the base's context, or a label
  /// is none of `labels`; without `labels` they are those of this split.
  public init(
    _ place: TaskPlace, split: Split, tokenizer: Tokenizer, contextLength: Int,
    labels: [String]? = nil
  ) throws {
    let lines = try place.lines(split)
    let labelled = try LabelledSplit(lines, labels: labels)
    items =
      try labelled?.items
      ?? lines.map { line in
        TaskItem(prompt: try line["prompt"].string(), completion: try line["completion"].string())
      }
    self.labels = labelled?.labels
    examples = try items.enumerated().map { index, item in
      do throws(Refusal) {
        return try tokenizer.example(
          item, label: labelled?.numbers[index], contextLength: contextLength)
      } catch {
        throw FileError(lines[index].file, at: lines[index].line, error.problem, error.remedy)
      }
    }
  }
}

extension BaseModel {
  /// Items in memory as this base reads them. Throws what is wrong with the first that it cannot read.
  public func examples(_ items: [TaskItem]) throws(Refusal) -> [TokenSequence] {
    var examples: [TokenSequence] = []
    for item in items {
      do throws(Refusal) {
        examples.append(
          try tokenizer.example(item, contextLength: decoder.configuration.contextLength))
      } catch {
        throw Refusal("item \(examples.count) \(error.problem)", error.remedy)
      }
    }
    return examples
  }
}

extension Tokenizer {
  /// The example that an item is; with a label, its number takes the completion's place.
  func example(
    _ item: TaskItem, label: Int? = nil, contextLength: Int
  ) throws(Refusal) -> TokenSequence {
    let prompt = prompt(item.prompt)
    let tokens = prompt + (label.map { [$0] } ?? encode(item.completion) + [endOfText])
    // The last token is predicted and never read, so it needs no place in the context.
    guard tokens.count - 1 <= contextLength else {
      throw Refusal(
        "has \(tokens.count - 1) tokens, but the base reads at most \(contextLength)",
        "shorten it")
    }
    guard !prompt.isEmpty else {
      throw Refusal("has an empty prompt, which this base cannot start from", "write one")
    }
    if let token = unknownToModel(label == nil ? tokens : prompt) {
      throw Refusal(
        "has the token \(quoted(token)), for which the base has no row", "write it otherwise")
    }
    return TokenSequence(tokens: tokens, promptLength: prompt.count)
  }
}

extension TokenSequence {
  /// An item of the toy world, in bytes.
  init(_ item: TaskItem) {
    let tokenizer = Tokenizer.bytes
    let prompt = tokenizer.prompt(item.prompt)
    self.init(
      tokens: prompt + tokenizer.encode(item.completion) + [tokenizer.endOfText],
      promptLength: prompt.count)
  }
}

extension Tokenizer {
  /// The tokens of a prompt, the beginning-of-text token first where there is one.
  public func prompt(_ text: String) -> [Int] {
    [beginningOfText].compactMap(\.self) + encode(text)
  }
}

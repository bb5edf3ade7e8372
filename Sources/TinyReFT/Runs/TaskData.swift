import Foundation

/// One split of a task, read and tokenised.
///
/// An example is the beginning-of-text token, the prompt, the completion and the end-of-text token.
/// Prompt and completion are tokenised apart and joined, so that where one ends does not depend on
/// the other. Where there are labels, the text is the prompt, and after it comes the number of its
/// label.
///
///     format     a folder with train.jsonl, dev.jsonl and test.jsonl of prompts and completions, or
///                of texts and labels
public struct TaskData: Sendable {
  public let items: [TaskItem]
  public let examples: [TokenSequence]
  /// What a classifier chooses from, in the order of its logits; nil where completions are asked for.
  public let labels: [String]?

  /// Tokens of the longest example; its last is predicted and never read, and not counted.
  public var longest: Int { examples.map { $0.tokens.count - 1 }.max() ?? 0 }

  /// The folder of a task: a name of the toy world's, or a path.
  public static func folder(of task: String) throws -> URL {
    // A name means the toy world's task, whatever folders stand about; ./loud is a folder.
    if toyNames.contains(task) {
      return try DataFolder.find().appending(path: "tasks/\(task)")
    }
    // Below here, so that a tilde is part of a name: a shell has replaced those that are not.
    let path = URL(filePath: task.hasPrefix("~") ? "./" + task : task)
    if !task.isEmpty, DataFolder.isFolder(path) { return path }
    throw TaskError.unknown(task, known: toyNames)
  }

  private static let toyNames =
    ToyTask.allCases.map(\.rawValue) + ToyLabelTask.allCases.map(\.rawValue)

  /// Reads one split. Throws when it is empty, an example does not fit the base's context, or a label
  /// is none of `labels`; without `labels` they are those of this split.
  public init(
    folder: URL, split: Split, tokenizer: Tokenizer, contextLength: Int, labels: [String]? = nil
  ) throws {
    let url = folder.appending(path: "\(split.rawValue).jsonl")
    let labelled = try LabelledSplit(url, labels: labels)
    items = try labelled?.items ?? JSONLines.read(from: url, allowsEmpty: false)
    self.labels = labelled?.labels
    examples = try items.enumerated().map { index, item in
      let prompt = tokenizer.prompt(item.prompt)
      let completion = tokenizer.encode(item.completion) + [tokenizer.endOfText]
      let tokens = prompt + (labelled.map { [$0.numbers[index]] } ?? completion)
      // The last token is predicted and never read, so it needs no place in the context.
      guard tokens.count - 1 <= contextLength else {
        throw TaskError.tooLong(
          file: url.relativePath, item: index + 1, tokens: tokens.count - 1,
          context: contextLength)
      }
      guard !prompt.isEmpty else {
        throw TaskError.emptyPrompt(file: url.relativePath, item: index + 1)
      }
      return TokenSequence(tokens: tokens, promptLength: prompt.count)
    }
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

/// Why a task cannot be used.
public enum TaskError: Error, Equatable, CustomStringConvertible {
  case unknown(String, known: [String])
  case tooLong(file: String, item: Int, tokens: Int, context: Int)
  /// Only those of train can be learned.
  case unknownLabel(file: String, line: Int, label: String, known: [String])
  /// All texts have the same label: there is nothing to tell apart.
  case oneLabel(file: String, label: String)
  /// One split has labels and another completions.
  case mixedSplits
  /// Without a beginning-of-text token, an empty prompt leaves nothing to predict from.
  case emptyPrompt(file: String, item: Int)

  public var description: String {
    switch self {
    case .unknown(let task, let known):
      "there is no task \(quoted(task)); use \(known.joined(separator: ", ")) or the path of a folder "
        + "with train.jsonl, dev.jsonl and test.jsonl"
    case .tooLong(let file, let item, let tokens, let context):
      "\(file): item \(item) has \(tokens) tokens, but the base reads at most \(context); shorten it"
    case .unknownLabel(let file, let line, let label, let known):
      "\(file): line \(line) has the label \(quoted(label)), which train does not; use "
        + known.prefix(8).map(quoted).joined(separator: ", ") + (known.count > 8 ? ", …" : "")
    case .oneLabel(let file, let label):
      "\(file): every label is \(quoted(label)); a classifier needs at least two"
    case .mixedSplits:
      "some splits of the task have labels and others completions; give all of them the same keys"
    case .emptyPrompt(let file, let item):
      "\(file): item \(item) has an empty prompt, which this base cannot start from; write one"
    }
  }
}

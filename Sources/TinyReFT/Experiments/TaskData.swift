import Foundation

/// One split of a task, read and tokenised.
///
/// An example is the beginning-of-text token, the prompt, the completion and the end-of-text token.
/// Prompt and completion are tokenised apart and joined, so that where one ends does not depend on
/// the other.
///
///     format     a folder with train.jsonl, dev.jsonl and test.jsonl of prompts and completions
///     read       docs/60-runs.md
///     check      Tests/TinyReFTTests/Experiments/TaskDataTests.swift
public struct TaskData: Sendable {
  public let items: [TaskItem]
  public let examples: [TokenSequence]

  /// The folder of a task: a name of the toy world's, or a path.
  public static func folder(of task: String) throws -> URL {
    if task == "sentiment" { throw TaskError.classification }
    // A name means the toy world's task, whatever folders stand about; ./loud is a folder.
    if ToyTask(rawValue: task) != nil {
      return try DataFolder.find().appending(path: "tasks/\(task)")
    }
    let path = URL(filePath: task)
    if !task.isEmpty, DataFolder.isFolder(path) { return path }
    throw TaskError.unknown(task, known: ToyTask.allCases.map(\.rawValue))
  }

  /// Reads one split. Throws when it is empty, or an example does not fit the base's context.
  public init(
    folder: URL, split: Split, tokenizer: Tokenizer, contextLength: Int
  ) throws {
    let url = folder.appending(path: "\(split.rawValue).jsonl")
    items = try JSONLines.read(from: url, allowsEmpty: false)
    examples = try items.enumerated().map { index, item in
      let prompt = tokenizer.prompt(item.prompt)
      let tokens = prompt + tokenizer.encode(item.completion) + [tokenizer.endOfText]
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
  init(_ item: TaskItem, subspace: Range<Int>? = nil) {
    let tokenizer = Tokenizer.bytes
    let prompt = tokenizer.prompt(item.prompt)
    self.init(
      tokens: prompt + tokenizer.encode(item.completion) + [tokenizer.endOfText],
      promptLength: prompt.count, subspace: subspace)
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
  /// `sentiment` has labels and no completions.
  case classification
  /// Without a beginning-of-text token, an empty prompt leaves nothing to predict from.
  case emptyPrompt(file: String, item: Int)

  public var description: String {
    switch self {
    case .unknown(let task, let known):
      "there is no task \"\(task)\"; use \(known.joined(separator: ", ")) or the path of a folder "
        + "with train.jsonl, dev.jsonl and test.jsonl"
    case .tooLong(let file, let item, let tokens, let context):
      "\(file): item \(item) has \(tokens) tokens, but the base reads at most \(context); shorten it"
    case .classification:
      "\"sentiment\" is a classification task, which is not trained here yet; use "
        + ToyTask.allCases.map(\.rawValue).joined(separator: ", ")
    case .emptyPrompt(let file, let item):
      "\(file): item \(item) has an empty prompt, which this base cannot start from; write one"
    }
  }
}

import Foundation

/// What a model answers to one example, beside what is wanted.
public struct Prediction: Encodable, Sendable, Equatable {
  public let prompt, wanted, answered: String
  /// Token for token, end token included: what accuracy counts.
  public let right: Bool

  /// Writes one object a line. Throws, and writes nothing, where something stands already.
  public static func write(_ predictions: [Prediction], to url: URL) throws(FileError) {
    guard kind(of: url) == nil else { throw .cannotWrite(url, "something else has this name") }
    try createFolder(url.deletingLastPathComponent())
    try JSONLines.write(predictions, to: url)
  }
}

extension AdaptedDecoder {
  /// The greedy completion of every example, cut a little behind the length that is wanted; with a
  /// classifier the label. The same on any number of threads.
  public func predictions(
    on data: TaskData, _ tokenizer: Tokenizer, threads: Int
  ) throws(NotFinite) -> [Prediction] {
    let results = parallelMap(count: data.items.count, threads: threads) { i in
      Result { () throws(NotFinite) in
        try prediction(data.items[i], data.examples[i], data.labels, tokenizer)
      }
    }
    var predictions: [Prediction] = []
    for result in results { predictions.append(try result.get()) }
    return predictions
  }

  private func prediction(
    _ item: TaskItem, _ example: TokenSequence, _ labels: [String]?, _ tokenizer: Tokenizer
  ) throws(NotFinite) -> Prediction {
    let prompt = Array(example.tokens[..<example.promptLength])
    let most = example.tokens.count - example.promptLength + 16
    let answered =
      if let labels { labels[try label(of: prompt)] } else {
        tokenizer.decode(
          try generate(after: prompt, ends: [tokenizer.endOfText], maxTokens: most))
      }
    // Asked anew: where the context is full, no end token can be seen in what is generated.
    return Prediction(
      prompt: item.prompt, wanted: item.completion, answered: answered,
      right: evaluate([example], threads: 1).accuracy == 1)
  }
}

/// How well a model does on a split.
///
/// Accuracy is exact match: the share of examples whose greedy completion is the wanted one, token
/// for token, end token included. No text is generated to find out. Greedy decoding writes the
/// wanted completion exactly if, after the prompt and any part of that completion, the likeliest
/// token is the next one of it; and one forward pass over prompt and completion says so for all
/// parts at once. Logits that are no numbers complete nothing.
///
///     units      loss in nats per target token
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 4.2: greedy decoding
///     differs    the paper extracts an answer from the text; here the whole completion must match
public struct Evaluation: Codable, Sendable, Equatable {
  /// From 0 to 1.
  public let accuracy: Double
  /// The share of target tokens that are the likeliest where they stand: it moves before accuracy does.
  public let tokenAccuracy: Double
  public let loss: Double
  /// How many examples.
  public let count: Int

  private enum CodingKeys: String, CodingKey {
    case accuracy, tokenAccuracy = "token_accuracy", loss, count
  }

  /// Throws when the loss is no number: such a model answers nothing.
  public func checked() throws(NotFinite) -> Evaluation {
    guard loss.isFinite else { throw NotFinite(what: "the loss") }
    return self
  }
}

/// How well it does on the examples that it was not trained on: those that choose settings, and those that
/// are held out.
public struct Measured: Codable, Sendable, Equatable {
  public let dev, test: Evaluation
}

extension AdaptedDecoder {
  /// Both at once. Throws when a loss is no number.
  public func measure(on data: TaskSplits, threads: Int) throws(NotFinite) -> Measured {
    Measured(
      dev: try evaluate(data.dev.examples, threads: threads).checked(),
      test: try evaluate(data.test.examples, threads: threads).checked())
  }

  /// Accuracy and mean loss on these examples; the same on any number of threads.
  public func evaluate(_ examples: [TokenSequence], threads: Int) -> Evaluation {
    let size = 16
    let shards = parallelMap(count: (examples.count + size - 1) / size, threads: threads) { s in
      let shard = examples[s * size..<min((s + 1) * size, examples.count)].map(decoder.placed)
      // The last token is asked for and never read; where there is a classifier, it is a label.
      let read = shard.map { 0..<max($0.promptLength, $0.tokens.count - 1) }
      return score(Batch(shard, reading: read))
    }
    let right = shards.reduce(0) { $0 + $1.right }
    let targets = examples.reduce(0) { $0 + $1.tokens.count - $1.promptLength }
    let tokensRight = shards.reduce(0) { $0 + $1.tokensRight }
    return Evaluation(
      accuracy: Double(right) / Double(max(1, examples.count)),
      tokenAccuracy: Double(tokensRight) / Double(max(1, targets)),
      loss: shards.reduce(0) { $0 + $1.loss } / Double(max(1, targets)), count: examples.count)
  }

  /// How many sequences of the batch are completed as wanted, how many tokens are right, and the summed
  /// loss.
  private func score(_ batch: Batch) -> (right: Int, tokensRight: Int, loss: Double) {
    let logits = forward(batch).logits
    var (missed, wrong): (Set<Int>, Int) = ([], 0)
    for (i, target) in batch.targets.enumerated() {
      if logits.gathered(rows: [i]).likeliest != target.token {
        wrong += 1
        missed.insert(batch.sequences.firstIndex { $0.contains(target.row) } ?? 0)
      }
    }
    let loss = CrossEntropy.forward(logits, targets: batch.targets.map(\.token)).loss
    return (batch.sequences.count - missed.count, batch.targets.count - wrong, loss)
  }
}

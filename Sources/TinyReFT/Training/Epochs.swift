extension Trainer {
  /// Every example once for each epoch, in an order that only the seed and the epoch decide. A trainer
  /// that has taken steps goes on behind them.
  ///
  /// `onStep` sees each step and the trainer after it, and ends the run early by returning false.
  /// Throws a `TrainingError`, or what `onStep` throws.
  mutating func train(
    on examples: [TokenSequence], onStep: (Report, Trainer) throws -> Bool
  ) throws {
    let batches = Self.batches(of: examples.count, options)
    var order: [Int] = []
    var last = Array(examples.prefix(options.batchSize))
    while step < options.epochs * batches {
      let (epoch, batch) = step.quotientAndRemainder(dividingBy: batches)
      if batch == 0 || order.isEmpty { order = self.order(of: examples.count, epoch: epoch) }
      let start = batch * options.batchSize
      last = order[start..<min(start + options.batchSize, order.count)].map { examples[$0] }
      let report = try step(on: last)
      guard try onStep(report, self) else { break }
    }
    try checkLastUpdate(on: last)
  }

  private func order(of count: Int, epoch: Int) -> [Int] {
    guard options.shuffle else { return Array(0..<count) }
    var stream = RandomStream(seed: options.seed, epoch)
    return (0..<count).shuffled(using: &stream)
  }

  private static func batches(of count: Int, _ options: TrainingOptions) -> Int {
    let (full, rest) = count.quotientAndRemainder(dividingBy: options.batchSize)
    return full + (rest > 0 ? 1 : 0)
  }

  /// How many steps `train` takes for this many examples.
  public static func steps(examples: Int, options: TrainingOptions) -> Int {
    options.epochs * batches(of: examples, options)
  }
}

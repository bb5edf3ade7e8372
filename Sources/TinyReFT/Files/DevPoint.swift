/// What a run did on dev after a step, as its checkpoint and its report keep it.
///
///     format     checkpoint: a row of step, loss on train, loss and accuracy on dev; report.json: an object
///     units      losses in nats per target token, accuracy from 0 to 1
public struct DevPoint: Sendable, Equatable {
  /// Counts from 1.
  public let step: Int
  /// Mean over the steps since the last point.
  let trainLoss: Double
  public let (loss, accuracy): (Double, Double)
}

extension DevPoint: Encodable {
  private enum CodingKeys: String, CodingKey {
    case step, trainLoss = "train_loss", loss = "dev_loss", accuracy = "dev_accuracy"
  }

  init(_ json: JSON) throws {
    func number(_ key: CodingKeys, _ range: ClosedRange<Double>) throws -> Double {
      try json[key.rawValue].number(in: range)
    }
    step = try json["step"].int(in: 1...1 << 53)
    (trainLoss, loss) = (try number(.trainLoss, 0...1e15), try number(.loss, 0...1e15))
    accuracy = try number(.accuracy, 0...1)
  }
}

extension [DevPoint] {
  /// The least loss, the first of several.
  public var best: DevPoint? { self.min { $0.loss < $1.loss } }
}

extension Tensor {
  /// A row for each point.
  init(points: [DevPoint]) {
    self.init(
      points.map { point in
        [Double(point.step), point.trainLoss, point.loss, point.accuracy].map { Scalar($0) }
      })
  }

  /// The points again; nil where there are others than `init` made.
  var points: [DevPoint]? {
    guard columns == 4 else { return nil }
    let points = (0..<rows).compactMap { i -> DevPoint? in
      guard let step = Int(exactly: self[i, 0]), step > 0, self[i, 1] >= 0, self[i, 2] >= 0,
        (0...1).contains(self[i, 3])
      else { return nil }
      return DevPoint(
        step: step, trainLoss: Double(self[i, 1]), loss: Double(self[i, 2]),
        accuracy: Double(self[i, 3]))
    }
    return points.count == rows ? points : nil
  }
}

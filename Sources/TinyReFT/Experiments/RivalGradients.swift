/// Each rival at work, against central differences: hanging in a block, or before the first.
extension GradientSuite {
  func rivals() -> [Row] { Methods.rivals.compactMap { rival($0) } }

  /// nil for what has no tensors of its own.
  private func rival(_ rival: any Rival.Type) -> Row? {
    let c = RivalConfiguration(
      method: rival.method, size: 2, alpha: 3, maps: BlockMap.allCases, layers: [0])
    let base = Decoder(Self.configuration, seed: seed)
    let start = AdaptedBase(rival, c, of: base, seed: seed)
    guard start.decoder.parameterCount > base.parameterCount else { return nil }
    // Away from the start, where much is zero. Keys and values in front get the size of the others,
    // or their share of the attention would be too small to measure slopes.
    let bound = start.decoder.prefix == nil ? 0.5 : 2
    var stream = RandomStream(seed: seed, 11)
    var trained = Trained(start.model)
    trained.walk("") { _, tensor in
      tensor += .uniform(rows: tensor.rows, columns: tensor.columns, bound: bound, using: &stream)
    }
    trained.model.decoder = rival.held(trained.model.decoder)
    // In Float a step is so long that it may cross a bend of relu, behind which the slope is another.
    let tolerance = Scalar.self == Double.self ? Self.modelTolerance : 0.25
    let examples = [
      TokenSequence(tokens: [1, 2, 3, 4, 5], promptLength: 2),
      TokenSequence(tokens: [6, 7, 8], promptLength: 1),
    ]
    func run(_ trained: Trained<Unadapted>) -> (loss: Double, gradient: Trained<Unadapted>) {
      let zero = trained.model.adaptationOnly
      let (loss, gradient) = trained.model.lossAndGradient(of: examples, zero: zero, threads: 1)
      return (loss, Trained(gradient))
    }
    let checks = checkParameterGradients(of: trained, gradient: run(trained).gradient) {
      run($0).loss
    }
    return Row(operation: rival.method, checks: checks, tolerance: tolerance)
  }
}

import Testing

@testable import TinyReFT

@Suite("Trainer state (docs/80-trust.md)")
struct TrainerStateTests {
  /// Two epochs of three batches, the last one short, with dropout: all that a generator decides.
  private func trainer(everything: Bool = false) -> Trainer<ReFT<LoReFT>> {
    var model = TrainerTests.model()
    model.adaptation.dropout = 0.3
    var options = TrainerTests.options(epochs: 2, batchSize: 2)
    options.weightDecay = 0.1
    return Trainer(
      model, training: everything ? model.zeroed : model.adaptationOnly, options: options,
      totalSteps: 6)
  }

  private let examples =
    TrainerTests.examples + [TokenSequence(tokens: [3, 1, 4], promptLength: 2)]

  /// What the trainer is after the last step, or after step `last`.
  private func trained(
    _ trainer: Trainer<ReFT<LoReFT>>, to last: Int = .max
  ) throws -> Trainer<ReFT<LoReFT>> {
    var trainer = trainer
    guard last > 0 else { return trainer }
    try trainer.train(on: examples) { report, _ in report.step < last }
    return trainer
  }

  private func tensors(_ state: TrainerState) -> [Tensor] { state.parameters.map(\.tensor) }

  @Test(
    "a new trainer with the state after any step goes on to the same bits",
    arguments: 0...6, [false, true])
  func goesOn(step: Int, everything: Bool) throws {
    let whole = try trained(trainer(everything: everything))
    var later = trainer(everything: everything)
    later.state = try trained(later, to: step).state
    #expect(later.step == step)
    later = try trained(later)
    #expect(later.step == 6)
    #expect(tensors(later.state) == tensors(whole.state))
    #expect(
      later.model.parameters.map(\.tensor) == whole.model.parameters.map(\.tensor))
  }

  @Test("the last good model is part of it: what led to a loss that is not finite is taken back")
  func lastGood() throws {
    let good = try trained(trainer(), to: 2)
    var state = try trained(trainer(), to: 3).state
    for i in state.learned.indices {
      state.learned[i].parameter = Tensor(
        repeating: .nan, rows: state.learned[i].parameter.rows,
        columns: state.learned[i].parameter.columns)
    }
    var later = trainer()
    later.state = state
    #expect(throws: TrainingError.self) { try later.step(on: examples) }
    #expect(
      later.model.adaptation.parameters.map(\.tensor)
        == good.model.adaptation.parameters.map(\.tensor))
  }

  @Test("only what learns is in it")
  func names() {
    let names = trainer().state.parameters.map(\.name)
    #expect(names.count == 4 * 2 * 2 * 3, "four of each: two blocks, two sides, R and W and b")
    #expect(names.contains("adamw.v.layers.1.suffix.R"))
    #expect(!names.contains { $0.contains("model.") })
  }

  @Test("the state of a trainer that learns other tensors traps")
  func otherTensors() async {
    await #expect(processExitsWith: .failure) {
      let model = TrainerTests.model()
      let options = TrainerTests.options()
      let all = Trainer(model, training: model.zeroed, options: options, totalSteps: 1)
      var some = Trainer(model, training: model.adaptationOnly, options: options, totalSteps: 1)
      some.state = all.state
    }
  }
}

/// What changes in a trainer from step to step. One that is made as at the beginning, and is then given
/// this state, goes on to the bits that it would have had.
///
///     tensors    parameters.{name}, last_good.{name}, adamw.m.{name}, adamw.v.{name}: of all that learns
///     differs    no generator and no place in the data is kept: the order of an epoch and what dropout
///                drops follow from the seed and the number of steps
struct TrainerState: Parameterized {
  /// How many steps have been taken.
  var step: Int

  var learned: [Learned]

  /// One tensor that learns, with what belongs to it.
  struct Learned: Sendable {
    let name: String
    var (parameter, lastGood): (Tensor, Tensor)
    var (m, v): (Tensor, Tensor)
  }

  mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    for i in learned.indices {
      let name = learned[i].name
      try visit(path + "parameters." + name, &learned[i].parameter)
      try visit(path + "last_good." + name, &learned[i].lastGood)
      try visit(path + "adamw.m." + name, &learned[i].m)
      try visit(path + "adamw.v." + name, &learned[i].v)
    }
  }
}

extension Trainer {
  /// Traps when it is given the state of a trainer that learns other tensors.
  var state: TrainerState {
    get {
      let pairs = zip(trained.parameters, lastGood.parameters)
      let learned = zip(pairs, zero.parameters).filter { !$1.tensor.isEmpty }.map { pair, zero in
        let (name, parameter) = pair.0
        return TrainerState.Learned(
          name: name, parameter: parameter, lastGood: pair.1.tensor,
          m: optimizer.first[name] ?? zero.tensor, v: optimizer.second[name] ?? zero.tensor)
      }
      return TrainerState(step: step, learned: learned)
    }
    set {
      precondition(
        newValue.parameters.map(\.name) == state.parameters.map(\.name),
        "Trainer: this is the state of one that learns other tensors")
      (step, optimizer.step) = (newValue.step, newValue.step)
      let learned = Dictionary(uniqueKeysWithValues: newValue.learned.map { ($0.name, $0) })
      optimizer.first = learned.mapValues(\.m)
      optimizer.second = learned.mapValues(\.v)
      trained.walk("") { name, tensor in tensor = learned[name]?.parameter ?? tensor }
      lastGood.walk("") { name, tensor in tensor = learned[name]?.lastGood ?? tensor }
    }
  }
}

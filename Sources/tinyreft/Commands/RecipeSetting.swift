import TinyReFT

/// A setting of `train` that a task's recipe has a value for: declared once, for the flag, the help, the
/// plan and the words that repeat a run.
struct RecipeSetting: Sendable {
  let setting: Setting<Recipe>
  let part: Part
  let use: Use

  /// What it is about. With `--init` the shape is that of the interventions.
  enum Part { case shape, rivals, training, machine }

  /// For which methods it means something: each, those of ReFT, or those with something of the kind to
  /// choose.
  enum Use { case each, reft, rival(RivalChoice), reftAndRival(RivalChoice) }

  private init(_ part: Part, _ use: Use, _ setting: Setting<Recipe>) {
    (self.setting, self.part, self.use) = (setting, part, use)
  }

  /// What the main job uses, as an example.
  private static func own<Value>(
    _ name: String, _ path: WritableKeyPath<Recipe, Value> & Sendable, _ kind: Kind<Value>,
    _ help: String
  ) -> Setting<Recipe> {
    let loud = kind.write(Recipe(task: "loud")[keyPath: path])
    return Setting(name, path, kind, absence: "the task's own, \(loud) for loud", help)
  }

  /// In the order in which they repeat a run.
  static let all: [RecipeSetting] = [
    RecipeSetting(
      .shape, .reftAndRival(.size),
      own(
        "rank", \.rank, .whole(in: 1...65_536),
        "Directions of the hidden state that an edit may change; at most the base's width. Of a "
          + "rival: its rank, its bottleneck, or its virtual tokens.")),
    RecipeSetting(
      .shape, .reftAndRival(.layers),
      own(
        "layers", \.layers, .layers,
        "Which blocks are edited: all, or numbers from 0 on, such as 0,2.")),
    RecipeSetting(
      .shape, .reft,
      own(
        "positions", \.positions, .positions,
        "Prompt tokens that are edited: f2+l3 is the first two and the last three; f2, l3 and all "
          + "work too, and every edits generated tokens as well.")),
    RecipeSetting(
      .shape, .reft,
      Setting(
        "sharing", \.sharing, .choice,
        "What shares one edit: a whole layer, the prefix and the suffix each, or no two positions.")
    ),
    RecipeSetting(
      .shape, .reft,
      Setting(
        "start", \.start, .choice, absence: "identity, random for consreft",
        "Where new interventions begin: as the identity, or random as in pyreft.")),
    RecipeSetting(
      .rivals, .rival(.alpha),
      Setting(
        "alpha", \.alpha, .number("above 0") { $0 > 0 }, absence: "the rank",
        "Of lora, dora and parallel-adapter: what they add is scaled by X over the rank.")),
    RecipeSetting(
      .rivals, .rival(.maps),
      Setting(
        "matrices", \.maps, .matrices,
        "Of lora and dora: the matrices that are adapted, such as q,v.")),
    RecipeSetting(
      .training, .each,
      own(
        "epochs", \.options.epochs, .whole(in: 1...1_000_000),
        "How often every training example is seen.")),
    RecipeSetting(
      .training, .each,
      own(
        "batch-size", \.options.batchSize, .whole(in: 1...1_000_000), "Examples per step.")),
    RecipeSetting(
      .training, .each,
      own(
        "learning-rate", \.options.learningRate, .number("above 0") { $0 > 0 },
        "The largest step size, reached after the warm-up.")),
    RecipeSetting(
      .training, .each,
      own(
        "warmup", \.options.warmup,
        .number("from 0 to 1", called: "SHARE") { (0...1).contains($0) },
        "Share of the steps during which the step size grows.")),
    RecipeSetting(
      .training, .each,
      own(
        "schedule", \.options.schedule, .choice,
        "After the warm-up the step size falls to 0 in a line or a cosine, or stays constant.")),
    RecipeSetting(
      .training, .each,
      own(
        "weight-decay", \.options.weightDecay, .number("of at least 0") { $0 >= 0 },
        "AdamW's pull of every parameter towards 0.")),
    RecipeSetting(
      .training, .each,
      own(
        "clip", \.options.clip, .number("of at least 0", called: "NORM") { $0 >= 0 },
        "Longest gradient that is not shortened; 0 never shortens.")),
    RecipeSetting(
      .training, .each,
      Setting(
        switch: "shuffle", \.options.shuffle, "Draw a new order of the examples for every epoch.")),
    RecipeSetting(
      .training, .each,
      Setting(
        "eval-every", \.evalEvery, .whole(in: 0...1_000_000),
        absence: "after every epoch, on a part of dev",
        "How many steps lie between two looks at all of dev; 0 never looks.")),
    RecipeSetting(
      .training, .each,
      Setting(
        "keep", \.keep, .choice, absence: "last",
        "What is kept in the end: the last state, or that with the least loss on all of dev.")),
    RecipeSetting(.machine, .each, .seed(\.options.seed)),
    RecipeSetting(
      .training, .reft,
      own(
        "dropout", \.dropout,
        .number("of at least 0 and below 1", called: "P") { $0 >= 0 && Float($0) < 1 },
        "Chance that a number of an edit is left out of a training step.")),
  ]

  /// The same as flags of `train`: what is typed is checked now, and takes the recipe's place later.
  static func flags(_ part: Part) -> [Setting<TrainCommand>] {
    all.filter { $0.part == part }.map { own in
      Setting(of: own.setting, in: \.chosen, otherwise: Recipe(task: "loud"))
    }
  }

  /// Why it means nothing to a method; nil where it does.
  func refusal(by method: PlannedMethod) -> String? {
    switch (use, method) {
    case (.each, _), (.reft, .reft), (.reftAndRival, .reft): nil
    case (.rival, .reft(let c, _)): "\(c.method) changes no matrix"
    case (.reft, .rival(let c, _)): "\(c.method) edits every token alike"
    case (.rival(let choice), .rival(let c, let rival)),
      (.reftAndRival(let choice), .rival(let c, let rival)):
      rival.choices.contains(choice) ? nil : "\(c.method) has nothing of the kind to choose"
    }
  }
}

extension Kind<Positions> {
  static var positions: Kind {
    Kind(
      placeholder: "SPEC", expected: "fP+lS, fP, lS (P and S at least 1), all or every",
      read: { Positions($0) }, write: { "\($0)" })
  }
}

extension Kind<[BlockMap]> {
  /// Matrices of a block, by their names without `_proj`.
  static var matrices: Kind {
    .list("LIST", "some of q, k, v, o, gate, up, down", isSet: false) { name in
      BlockMap(rawValue: "\(name)_proj")
    } write: {
      String($0.rawValue.dropLast("_proj".count))
    }
  }
}

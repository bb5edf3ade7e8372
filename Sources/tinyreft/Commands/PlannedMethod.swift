import TinyReFT

/// What `train` is going to train: interventions, or a rival of theirs.
enum PlannedMethod {
  case reft(ReFTConfiguration, any InterventionFunction.Type)
  case rival(RivalConfiguration, any Rival.Type)

  /// What the flags ask for, and the recipe where they do not say. Throws when a flag belongs to the
  /// other kind.
  init(_ arguments: Arguments, _ recipe: Recipe, for decoder: DecoderConfiguration) throws {
    let name = try arguments[TrainCommand.method] ?? LoReFT.method
    let layers = recipe.layers ?? Array(0..<decoder.layerCount)
    guard let registry = Methods.registry,
      let rival = registry.all.first(where: { $0.method == name })
    else {
      try Self.refuse(
        [
          ("alpha", try arguments[TrainCommand.alpha] != nil),
          ("matrices", try arguments[TrainCommand.matrices] != nil),
        ], because: "\(name) changes no matrix")
      let c = ReFTConfiguration(
        method: name, rank: recipe.rank, layers: layers, positions: recipe.positions,
        sharing: recipe.sharing, hiddenSize: decoder.hiddenSize)
      self = .reft(c, try c.check(against: decoder))
      return
    }
    try Self.refuse(
      [
        ("positions", try arguments[TrainCommand.positions] != nil),
        ("sharing", try arguments[TrainCommand.sharing] != nil),
        ("start", try arguments[TrainCommand.start] != nil),
        ("dropout", try arguments[TrainCommand.dropout] != nil),
      ], because: "\(name) edits every token alike")
    let given: [(flag: String, choice: RivalChoice, isGiven: Bool)] = [
      ("rank", .size, try arguments[TrainCommand.rank] != nil),
      ("alpha", .alpha, try arguments[TrainCommand.alpha] != nil),
      ("matrices", .maps, try arguments[TrainCommand.matrices] != nil),
      ("layers", .layers, try arguments[TrainCommand.layers] != nil),
    ]
    try Self.refuse(
      given.map { ($0.flag, $0.isGiven && !rival.choices.contains($0.choice)) },
      because: "\(name) has nothing of the kind to choose")
    let c = RivalConfiguration(
      method: name, size: recipe.rank, alpha: try arguments[TrainCommand.alpha],
      maps: try arguments[TrainCommand.matrices] ?? [.queries, .values], layers: layers)
    self = .rival(c, try registry.check(c, against: decoder))
  }

  private static func refuse(_ given: [(flag: String, isGiven: Bool)], because: String) throws {
    if let (flag, _) = given.first(where: \.isGiven) {
      throw UsageError.conflict("--\(flag) says nothing here: \(because).")
    }
  }

  var name: String {
    switch self {
    case .reft(let c, _): c.method
    case .rival(let c, _): c.method
    }
  }

  var isRival: Bool {
    if case .rival = self { true } else { false }
  }

  /// How many places of the context it takes for itself.
  func takenContext(of decoder: Decoder) -> Int {
    guard case .rival(let c, let rival) = self else { return 0 }
    return AdaptedBase(rival, c, of: decoder, seed: 0).decoder.takenContext
  }

  /// The flags that ask for it, every choice written out.
  func words(start: Start) -> [String] {
    let layers = { (layers: [Int]) in layers.map(String.init).joined(separator: ",") }
    return switch self {
    case .reft(let c, _):
      [
        "--method", c.method, "--rank", "\(c.rank)", "--layers", layers(c.layers),
        "--positions", "\(c.positions)", "--sharing", c.sharing.rawValue,
        "--start", start.rawValue,
      ]
    case .rival(let c, let rival):
      ["--method", c.method]
        + (rival.choices.contains(.size) ? ["--rank", "\(c.size)"] : [])
        + (rival.choices.contains(.layers) ? ["--layers", layers(c.layers)] : [])
        + (rival.choices.contains(.alpha) ? ["--alpha", "\(c.alpha)"] : [])
        + (rival.choices.contains(.maps) ? ["--matrices", Self.names(c.maps)] : [])
    }
  }

  /// For the first lines of a run.
  var description: String {
    let layers = { (layers: [Int]) in layers.map(String.init).joined(separator: ",") }
    return switch self {
    case .reft(let c, _):
      "\(c.method), rank \(c.rank), layers \(layers(c.layers)), positions \(c.positions), "
        + "one edit per \(c.sharing)"
    case .rival(let c, let rival):
      c.method
        + (rival.choices.contains(.size) ? ", size \(c.size)" : "")
        + (rival.choices.contains(.layers) ? ", layers \(layers(c.layers))" : "")
        + ", every token"
    }
  }

  /// Whether the token at this place of a prompt of `length` tokens is edited.
  func edits(_ place: Int, of length: Int) -> Bool {
    guard case .reft(let c, _) = self else { return true }
    let ends = c.positions.ends(ofPrompt: length)
    return place < ends.prefix || place >= length - ends.suffix
  }

  private static func names(_ maps: [BlockMap]) -> String {
    maps.map { String($0.rawValue.dropLast("_proj".count)) }.joined(separator: ",")
  }
}

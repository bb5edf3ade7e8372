import TinyReFT

/// What `train` is going to train: interventions, or a rival of theirs.
enum PlannedMethod {
  case reft(ReFTConfiguration, any InterventionFunction.Type)
  case rival(RivalConfiguration, any Rival.Type)

  /// What the recipe asks for on this base.
  init(_ name: String, _ recipe: Recipe, for decoder: DecoderConfiguration) throws {
    let layers = recipe.layers ?? Array(0..<decoder.layerCount)
    guard let registry = Methods.registry,
      registry.all.contains(where: { $0.method == name })
    else {
      let c = ReFTConfiguration(
        method: name, rank: recipe.rank, layers: layers, positions: recipe.positions,
        sharing: recipe.sharing, hiddenSize: decoder.hiddenSize)
      self = .reft(c, try c.check(against: decoder))
      return
    }
    let c = RivalConfiguration(
      method: name, size: recipe.rank, alpha: recipe.alpha, maps: recipe.maps, layers: layers)
    self = .rival(c, try registry.check(c, against: decoder))
  }

  var name: String {
    switch self {
    case .reft(let c, _): c.method
    case .rival(let c, _): c.method
    }
  }

  /// How many places of the context it takes for itself.
  func takenContext(of decoder: Decoder) -> Int {
    guard case .rival(let c, let rival) = self else { return 0 }
    return AdaptedBase(rival, c, of: decoder, seed: 0).decoder.takenContext
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
}

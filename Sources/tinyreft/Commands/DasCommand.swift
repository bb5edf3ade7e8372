import TinyReFT

/// `tinyreft das`: where in a model is a variable?
struct DasCommand: Subcommand {
  static let name = "das"

  static let summary = "Search a small decoder for the subspace that holds a variable."

  static let discussion = """
    Trains a small decoder to tell whether two pairs of symbols are equal alike, then searches every \
    token after every block for the variable 'a equals b': which subspace, swapped for that of \
    another line, makes the decoder answer as if only this variable had changed (distributed \
    alignment search). Prints interchange accuracies on held-out pairs of lines; 0.5 is chance.
    """

  var given: Set<String> = []
  var rank = 1
  var steps = AlignmentSearch.defaultSteps
  var decoderSteps = HierarchicalEquality.defaultSteps
  var pairs = AlignmentSearch.defaultPairCount
  var seed: UInt64 = 1
  var threads = coreCount
  var json = false

  static let groups: [SettingGroup<Self>] = [
    SettingGroup(
      "What",
      [
        Setting(
          "rank", \.rank, .whole(in: 1...HierarchicalEquality.configuration.hiddenSize - 1),
          "Dimensions of the subspace; the decoder's hidden states have 32."),
        Setting(
          "steps", \.steps, .whole(in: 1...1_000_000), "Steps of the search at each place."),
        Setting(
          "decoder-steps", \.decoderSteps, .whole(in: 1...1_000_000),
          "Training steps of the decoder; with few it does not solve the task."),
        Setting(
          "pairs", \.pairs, .whole(in: 160...160_000, of: 160),
          "Held-out pairs that an accuracy is measured on, a multiple of 160."),
      ]),
    SettingGroup("Machine", [.seed(\.seed), .threads(\.threads), .json(\.json)]),
  ]

  static let examples = [
    Example("tinyreft das", "One direction of one token holds the variable; nothing else does."),
    Example("tinyreft das --rank 16", "What a random half of all directions brings along."),
  ]

  func run(on console: Console) throws {
    let decoder = try decoder(on: console)
    let places = AlignmentSearch.places(of: decoder.configuration)
    let searches = places.map { place in
      var search = AlignmentSearch(decoder, at: place, rank: rank, seed: seed)
      search.pairCount = pairs
      return search
    }
    let progress = json ? nil : ProgressLine("search", total: places.count, on: console)
    let results = parallelMap(count: places.count, threads: threads) { i in
      defer { progress?.advance() }
      return searches[i].result(steps: steps)
    }
    progress?.finish()
    let (table, accuracy) = (AlignmentSearch.table(results), searches[0].decoderAccuracy)
    if json {
      return try console.print(
        JSONObject([
          "seed": seed, "rank": rank, "steps": steps, "pairs": pairs,
          "decoder_accuracy": accuracy, "places": table.objects,
        ]))
    }
    console.print("held-out lines answered rightly  \(threeDigits(accuracy))")
    console.print(
      "V swapped, \(grouped(pairs)) held-out pairs, rank \(rank), chance 0.5:")
    try console.print(table, asJSON: false)
  }

  private func decoder(on console: Console) throws -> Decoder {
    let c = HierarchicalEquality.configuration
    if !json {
      console.print(
        "A decoder of \(c.layerCount) blocks, hidden size \(c.hiddenSize), "
          + "\(grouped(c.parameterCount)) parameters, from nothing (\(Scalar.self))")
    }
    let progress = json ? nil : ProgressLine("train", total: decoderSteps, on: console)
    defer { progress?.finish() }
    return try HierarchicalEquality.decoder(seed: seed, steps: decoderSteps, threads: threads) {
      report in
      progress?.update(report.step) { ["loss \(threeDigits(report.loss))"] }
    }
  }
}

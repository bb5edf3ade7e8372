import Synchronization
import TinyReFT

/// `tinyreft das`: where in a model is a variable?
enum DasCommand: Subcommand {
  static let name = "das"

  static let summary = "Search a small decoder for the subspace that holds a variable."

  static let discussion = """
    Trains a small decoder to tell whether two pairs of symbols are equal alike, then searches every \
    token after every block for the variable 'a equals b': which subspace, swapped for that of \
    another line, makes the decoder answer as if only this variable had changed (distributed \
    alignment search). Prints interchange accuracies on held-out pairs of lines; 0.5 is chance.
    """

  static let rank = Flag.whole(
    "rank", "N", default: 1, in: 1...HierarchicalEquality.configuration.hiddenSize - 1,
    "Dimensions of the subspace; the decoder's hidden states have 32.")

  static let steps = Flag.whole(
    "steps", "N", default: AlignmentSearch.defaultSteps, in: 1...1_000_000,
    "Steps of the search at each place.")

  static let decoderSteps = Flag.whole(
    "decoder-steps", "N", default: HierarchicalEquality.defaultSteps, in: 1...1_000_000,
    "Training steps of the decoder; with few it does not solve the task.")

  static let pairs = Flag<Int>(
    "pairs", "N", help: "Held-out pairs that an accuracy is measured on, a multiple of 160.",
    default: AlignmentSearch.defaultPairCount, typed: "\(AlignmentSearch.defaultPairCount)"
  ) { (text) throws(InvalidValue) in
    guard let count = Int(text), (160...160_000).contains(count), count.isMultiple(of: 160) else {
      throw InvalidValue(problem: "expected a multiple of 160 from 160 to 160000")
    }
    return count
  }

  static let flagGroups = [
    FlagGroup("What", [rank, steps, decoderSteps, pairs]),
    FlagGroup("Machine", [SharedFlags.seed, SharedFlags.threads, SharedFlags.json]),
  ]

  static let examples = [
    Example("tinyreft das", "One direction of one token holds the variable; nothing else does."),
    Example("tinyreft das --rank 16", "What a random half of all directions brings along."),
  ]

  static func run(_ arguments: Arguments, on console: Console) throws {
    let report = try report(arguments, on: console)
    if try arguments[SharedFlags.json] { return console.print(try jsonLine(report)) }
    console.print("held-out lines answered rightly  \(threeDigits(report.decoderAccuracy))")
    console.print(
      "V swapped, \(grouped(report.pairs)) held-out pairs, rank \(report.rank), "
        + "chance 0.5:")
    console.print(
      row(
        "token", "after block", "learned", "random", "best random", "the rest", "everything"))
    for place in report.places {
      let text = row(
        place.token, "\(place.layer)", shown(place.learned), shown(place.random),
        shown(place.bestRandom), shown(place.rest), shown(place.everything))
      console.print(place.learned < 0.95 ? text : console.paint(text, .green))
    }
  }

  private static func report(_ arguments: Arguments, on console: Console) throws -> Report {
    let (seed, rank) = (UInt64(try arguments[SharedFlags.seed]), try arguments[rank])
    let (steps, threads) = (try arguments[steps], try SharedFlags.threadCount(arguments))
    let pairs = try arguments[pairs]
    let isQuiet = try arguments[SharedFlags.json]
    let decoder = try decoder(arguments, seed, threads, isQuiet ? nil : console)
    let places = AlignmentSearch.places(of: decoder.configuration)
    let progress = isQuiet ? nil : ProgressLine("search", total: places.count, on: console)
    let done = Mutex(0)
    let results = parallelMap(count: places.count, threads: threads) { i in
      var search = AlignmentSearch(decoder, at: places[i], rank: rank, seed: seed)
      search.pairCount = pairs
      let result = search.result(steps: steps)
      done.withLock {
        $0 += 1
        progress?.update($0)
      }
      return result
    }
    progress?.finish()
    var search = AlignmentSearch(decoder, at: places[0], rank: rank, seed: seed)
    search.pairCount = pairs
    return Report(
      seed: seed, rank: rank, steps: steps, pairs: pairs,
      decoderAccuracy: search.decoderAccuracy, places: results)
  }

  private static func decoder(
    _ arguments: Arguments, _ seed: UInt64, _ threads: Int, _ console: Console?
  ) throws -> Decoder {
    let steps = try arguments[decoderSteps]
    let c = HierarchicalEquality.configuration
    console?.print(
      "A decoder of \(c.layerCount) blocks, hidden size \(c.hiddenSize), "
        + "\(grouped(c.parameterCount)) parameters, from nothing (\(Scalar.self))")
    let progress = console.map { ProgressLine("train", total: steps, on: $0) }
    let decoder = try HierarchicalEquality.decoder(seed: seed, steps: steps, threads: threads) {
      report in
      progress?.update(report.step) { "loss \(threeDigits(report.loss))" }
    }
    progress?.finish()
    return decoder
  }

  /// Accuracies in one column, with as many digits as the number of pairs gives.
  private static func shown(_ accuracy: Double) -> String {
    let thousandths = Int((accuracy * 1000).rounded())
    return thousandths == 1000 ? "1.000" : "0." + String(1000 + thousandths).dropFirst()
  }

  private static func row(_ cells: String...) -> String {
    zip(cells, [5, 13, 9, 8, 13, 10, 12]).map { cell, width in
      String(repeating: " ", count: max(0, width - cell.count)) + cell
    }.joined()
  }

  /// What `--json` prints.
  private struct Report: Encodable {
    let seed: UInt64
    let rank: Int
    let steps: Int
    let pairs: Int
    let decoderAccuracy: Double
    let places: [AlignmentSearch.Result]

    enum CodingKeys: String, CodingKey {
      case seed, rank, steps, pairs, decoderAccuracy = "decoder_accuracy", places
    }
  }
}

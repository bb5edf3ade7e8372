import Foundation
import TinyReFT

/// `tinyreft study`: the paper's smaller experiments, at toy size.
enum StudyCommand: Subcommand {
  static let name = "study"

  static let summary = "Repeat one of the paper's smaller experiments on the toy world."

  static let discussion = """
    memorisation: the longest string that one rank-1 edit of one hidden vector makes the base write, \
    and decoders that have learned nothing. composition: two skills in two halves of one LoReFT, used \
    apart and together. steering: activation addition, the untrained baseline, beside LoReFT. All \
    choices are made on dev, and chapter 73 reads the tables.
    """

  enum Study: String, CaseIterable { case memorisation, composition, steering }

  static let study = Flag<Study>.choice("study", "Which experiment; the name may stand alone.")

  static let widths = Flag<[Int]>(
    "widths", "LIST", help: "memorisation: widths of the decoders that have learned nothing.",
    default: [16, 64, 256], typed: "16,64,256"
  ) { (text) throws(InvalidValue) in
    let widths = try wholeNumbers(text, or: "")
    guard widths.allSatisfy({ (4...4096).contains($0) && $0.isMultiple(of: 4) }) else {
      throw InvalidValue(problem: "expected multiples of 4 from 4 to 4096, such as 16,64")
    }
    return widths
  }

  static let operand: (any FlagDeclaration)? = study

  static let flagGroups = [
    FlagGroup("What", [study, SharedFlags.baseAlone, widths]),
    FlagGroup("Machine", [SharedFlags.seed, SharedFlags.threads, SharedFlags.json]),
  ]

  static let examples = [
    Example("tinyreft study composition", "Do capitals and another skill add up?"),
    Example(
      "tinyreft study memorisation --widths 32 --json",
      "The base and one decoder that has learned nothing, for a script."),
  ]

  static func run(_ arguments: Arguments, on console: Console) throws {
    let (directory, model) = try SharedFlags.readBase(arguments, on: console)
    let base = model.decoder
    guard model.tokenizer == .bytes, base.configuration.contextLength >= 128, !base.blocks.isEmpty
    else { throw NotTheToyWorld(base: shown(directory)) }
    switch try arguments[study] {
    case .memorisation: try memorisation(base, arguments, console)
    case .composition: try composition(base, arguments, console)
    case .steering: try steering(base, arguments, console)
    }
  }

  /// The studies ask about the toy world, byte by byte.
  struct NotTheToyWorld: Error, CustomStringConvertible {
    let base: String
    var description: String {
      "\(base) does not read single bytes and 128 of them; use data/base, or one of 'tinyreft pretrain'"
    }
  }

  private struct TooNarrow: Error, CustomStringConvertible {
    let (width, rank): (Int, Int)

    var description: String {
      "the base has hidden size \(width), and this study edits \(rank) directions; use a wider one"
    }
  }

  private static func memorisation(
    _ base: Decoder, _ arguments: Arguments, _ console: Console
  ) throws {
    var study = Memorisation()
    study.seed = UInt64(try arguments[SharedFlags.seed])
    let threads = try SharedFlags.threadCount(arguments)
    let decoders =
      [("base", base)]
      + (try arguments[widths]).map { width in
        ("untrained", Memorisation.untrained(width, like: base, seed: study.seed))
      }
    let kinds = Memorisation.Kind.allCases
    let layers = base.blocks.indices
    let progress = try progress(
      arguments, console, total: decoders.count * layers.count * kinds.count)
    let results = decoders.map { name, decoder in
      study.run(decoder, named: name, threads: threads) { _ in progress?.advance() }
    }
    progress?.finish()
    var table = [["decoder", "width", "kind"] + layers.map { "layer \($0)" }]
    for results in results {
      for kind in kinds {
        let own = results.filter { $0.kind == kind }
        guard let first = own.first else { continue }
        table.append(
          [first.decoder, "\(first.width)", kind.rawValue]
            + own.map { $0.lengths.map(String.init).joined(separator: ", ") })
      }
    }
    try show(results.flatMap(\.self), table, arguments, console)
  }

  private static func composition(
    _ base: Decoder, _ arguments: Arguments, _ console: Console
  ) throws {
    var study = Composition()
    guard base.configuration.hiddenSize >= study.rank else {
      throw TooNarrow(width: base.configuration.hiddenSize, rank: study.rank)
    }
    study.seed = UInt64(try arguments[SharedFlags.seed])
    study.threads = try SharedFlags.threadCount(arguments)
    let progress = try progress(arguments, console, total: Composition.partners.count)
    let results = try Composition.partners.map { partner in
      defer { progress?.advance() }
      return try study.run(base, with: partner)
    }
    progress?.finish()
    let names = ["skills", "layer", "wanted", "first half", "second half", "both", "trained on it"]
    var table = [names]
    for result in results {
      for behaviour in Composition.Behaviour.allCases {
        let accuracies = Composition.Subspace.allCases.map {
          threeDigits(result.accuracies[$0.rawValue]?[behaviour.rawValue] ?? 0)
        }
        let trained = behaviour == .composed ? threeDigits(result.trainedOnComposed) : ""
        table.append(
          ["\(result.first), \(result.second)", "\(result.layer)", behaviour.rawValue]
            + accuracies + [trained])
      }
    }
    try show(results, table, arguments, console)
  }

  private static func steering(
    _ base: Decoder, _ arguments: Arguments, _ console: Console
  ) throws {
    let progress = try progress(arguments, console, total: WordSkill.allCases.count)
    let results = try WordSkill.allCases.map { skill in
      defer { progress?.advance() }
      var study = Steering(skill)
      study.seed = UInt64(try arguments[SharedFlags.seed])
      study.threads = try SharedFlags.threadCount(arguments)
      return try study.run(base)
    }
    progress?.finish()
    let names = ["skill", "layer", "positions", "c", "base", "steered", "LoReFT there", "named"]
    let rows = results.map { result in
      [result.skill, "\(result.layer)", result.positions, threeDigits(result.factor)]
        + [result.baseAccuracy, result.accuracy, result.trainedThere, result.namedAccuracy]
        .map(threeDigits)
    }
    try show(results, [names] + rows, arguments, console)
  }

  /// nil for a script, which wants nothing but the object.
  private static func progress(
    _ arguments: Arguments, _ console: Console, total: Int
  ) throws -> ProgressLine? {
    try arguments[SharedFlags.json]
      ? nil : ProgressLine("study   ", total: total, on: console)
  }

  /// What a study found: for a script, or for people, a Markdown table.
  private static func show(
    _ results: some Encodable, _ table: [[String]], _ arguments: Arguments, _ console: Console
  ) throws {
    if try arguments[SharedFlags.json] { return console.print(try jsonLine(results)) }
    for (i, row) in table.enumerated() {
      console.print("| " + row.joined(separator: " | ") + " |")
      if i == 0 { console.print(String(repeating: "|-", count: row.count) + "|") }
    }
  }
}

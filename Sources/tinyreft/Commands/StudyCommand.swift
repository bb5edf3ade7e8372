import Foundation
import TinyReFT

/// `tinyreft study`: the paper's smaller experiments, at toy size.
struct StudyCommand: Subcommand {
  static let name = "study"

  static let summary = "Repeat one of the paper's smaller experiments on the toy world."

  static let discussion = """
    memorisation: the longest string that one rank-1 edit of one hidden vector makes the base write, \
    and decoders that have learned nothing. composition: two skills in two halves of one LoReFT, used \
    apart and together. steering: activation addition, the untrained baseline, beside LoReFT. All \
    choices are made on dev, and chapter 73 reads the tables.
    """

  enum Study: String, CaseIterable { case memorisation, composition, steering }

  static let operand: String? = "study"

  var given: Set<String> = []
  var study = Study.memorisation
  var materials = Materials()
  var widths = [16, 64, 256]
  var seed: UInt64 = 1
  var threads = coreCount
  var json = false

  static let groups: [SettingGroup<Self>] = [
    SettingGroup(
      "What",
      [
        Setting(
          "study", \.study, .choice, isRequired: true,
          "Which experiment; the name may stand alone."),
        .base(\.materials.base, absence: "data/base"),
        Setting(
          "widths", \.widths, .widths,
          "memorisation: widths of the decoders that have learned nothing."),
      ]),
    SettingGroup("Machine", [.seed(\.seed), .threads(\.threads), .json(\.json)]),
  ]

  static let examples = [
    Example("tinyreft study composition", "Do capitals and another skill add up?"),
    Example(
      "tinyreft study memorisation --widths 32 --json",
      "The base and one decoder that has learned nothing, for a script."),
  ]

  func run(on console: Console) throws {
    let (directory, model) = try materials.readBase(on: console)
    let base = model.decoder
    // The studies ask about the toy world, byte by byte.
    guard model.tokenizer == .bytes, base.configuration.contextLength >= 128, !base.blocks.isEmpty
    else {
      throw Refusal(
        "\(shown(directory)) does not read single bytes and 128 of them",
        "use data/base, or one of 'tinyreft pretrain'")
    }
    let table =
      switch study {
      case .memorisation: try memorisation(base, console)
      case .composition: try composition(base, console)
      case .steering: try steering(base, console)
      }
    if json { return try console.print(table.objects) }
    console.write(console.safe(table.markdown))
  }

  private func memorisation(_ base: Decoder, _ console: Console) throws -> Table {
    var study = Memorisation()
    study.seed = seed
    let decoders =
      [("base", base)]
      + widths.map { ("untrained", Memorisation.untrained($0, like: base, seed: seed)) }
    let total = decoders.count * base.blocks.count * Memorisation.Kind.allCases.count
    let progress = progress(console, total: total)
    let results = decoders.flatMap { name, decoder in
      study.run(decoder, named: name, threads: threads) { progress?.advance() }
    }
    progress?.finish()
    return Memorisation.table(results)
  }

  private func composition(_ base: Decoder, _ console: Console) throws -> Table {
    var study = Composition()
    (study.seed, study.threads) = (seed, threads)
    guard base.configuration.hiddenSize >= study.rank else {
      throw Refusal(
        "the base has hidden size \(base.configuration.hiddenSize), and this study edits "
          + "\(study.rank) directions", "use a wider one")
    }
    let results = try each(Composition.partners, console) { try study.run(base, with: $0) }
    return Composition.table(results.flatMap(\.self))
  }

  private func steering(_ base: Decoder, _ console: Console) throws -> Table {
    Steering.table(
      try each(WordSkill.allCases, console) { skill in
        var study = Steering(skill)
        (study.seed, study.threads) = (seed, threads)
        return try study.run(base)
      })
  }

  private func each<Part, Result>(
    _ parts: [Part], _ console: Console, _ result: (Part) throws -> Result
  ) throws -> [Result] {
    let progress = progress(console, total: parts.count)
    defer { progress?.finish() }
    return try parts.map { part in
      defer { progress?.advance() }
      return try result(part)
    }
  }

  /// nil for a script, which wants nothing but the object.
  private func progress(_ console: Console, total: Int) -> ProgressLine? {
    json ? nil : ProgressLine("study   ", total: total, on: console)
  }
}

extension Kind<[Int]> {
  fileprivate static var widths: Kind {
    .list(
      "LIST", "multiples of 4 from 4 to 4096, such as 16,64", isSet: false,
      element: Kind<Int>.whole(in: 4...4096, of: 4).read)
  }
}

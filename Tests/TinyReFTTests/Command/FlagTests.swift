import Testing

@testable import Command
@testable import TinyReFT

/// A subcommand with a setting of every kind.
private struct Sample: Subcommand {
  static let name = "sample"
  static let summary = "Sums up."
  static let discussion = ""
  static let operand: String? = "word"
  static let examples: [Example] = []
  var given: Set<String> = []
  var count = 3
  var rate = 1.0
  var limit: Int?
  var color: String?
  var layers: [Int]? = [1]
  var (title, word) = ("", "")
  var shuffle = true

  static let groups: [SettingGroup<Self>] = [
    SettingGroup(
      "Flags",
      [
        Setting("count", \.count, .whole(in: -5...9), ""),
        Setting("rate", \.rate, .number("above 0") { $0 > 0 }, ""),
        Setting("limit", \.limit, .whole(in: 0...Int.max), absence: "none", ""),
        Setting("color", \.color, .choice(of: ["red", "blue"]), absence: "none", ""),
        Setting("layers", \.layers, .layers, ""), Setting("title", \.title, .text, ""),
        Setting("word", \.word, .text, ""), Setting(switch: "shuffle", \.shuffle, ""),
      ])
  ]

  func run(on console: Console) {}
}

@Suite("Flags")
struct FlagTests {
  @Test("left out, a setting has its default")
  func defaults() throws {
    let sample = try parse("")
    #expect(sample.count == 3 && sample.rate == 1 && sample.limit == nil && sample.shuffle)
    #expect(sample.given.isEmpty)
  }

  @Test("a value follows its flag or is joined to it, and may be negative")
  func values() throws {
    let sample = try parse(
      "--count -5 --rate=1e-2 alone --limit 7 --layers 0,2 --no-shuffle --title=--x=y")
    #expect(sample.count == -5 && sample.rate == 0.01 && sample.limit == 7)
    #expect(sample.layers == [0, 2] && sample.title == "--x=y" && sample.word == "alone")
    #expect(!sample.shuffle && sample.given.count == 7)
    #expect(try parse("--shuffle --layers all").layers == nil)
  }

  @Test("the words of a value ask for it again")
  func words() throws {
    let sample = try parse("--count -5 --limit 7 --layers 0,2 --no-shuffle --color red")
    let words = sample.words(without: ["title", "word"])
    #expect(
      words.joined(separator: " ")
        == "sample --count -5 --rate 1.0 --limit 7 --color red --layers 0,2 --no-shuffle")
    #expect(try Sample(Array(words.dropFirst())).words(without: []) == sample.words(without: []))
    #expect(try !parse("").words(without: []).contains("--limit"))
  }

  @Test(
    "a value outside its kind or range is refused, with what is accepted",
    arguments: [
      ("--count 10", "'10' is invalid for '--count N': expected a whole number from -5 to 9."),
      ("--count 1.5", "'1.5' is invalid for '--count N'"),
      ("--count=", "'' is invalid for '--count N'"),
      ("--limit -1", "'-1' is invalid for '--limit N': expected a whole number, at least 0."),
      ("--limit 99999999999999999999", "expected a whole number, at least 0."),
      ("--rate 0", "'0' is invalid for '--rate X': expected a number above 0."),
      ("--rate nan", "'nan' is invalid"),
      ("--rate inf", "'inf' is invalid"),
      ("--color green", "'green' is invalid for '--color red|blue': expected red or blue."),
      ("--layers 0,,2", "expected all, or whole numbers separated by commas"),
      ("--layers -1", "'-1' is invalid"),
    ])
  func invalid(line: String, problem: String) {
    #expect(message(line).contains(problem))
  }

  @Test(
    "a line of the wrong form is refused",
    arguments: [
      ("--count 1 --count=2", UsageError.repeatedFlag("--count")),
      ("--shuffle --no-shuffle", .repeatedFlag("--shuffle")),
      ("--count", .missingValue(flag: "--count N", next: nil)),
      ("--title --rate 2", .missingValue(flag: "--title TEXT", next: "--rate")),
      ("--shuffle=no", .switchWithValue(flag: "shuffle", value: "no")),
      ("1 2", .strayArgument("2")),
      ("- 2", .strayArgument("2")),
      ("--", .unknownFlag("--", nearest: nil)),
      ("--Count 1", .unknownFlag("--Count", nearest: "--count")),
      ("-count 1", .unknownFlag("-count", nearest: "--count")),
      ("--no-shufle", .unknownFlag("--no-shufle", nearest: "--no-shuffle")),
      ("--unheard x", .unknownFlag("--unheard", nearest: nil)),
    ])
  func wrongForm(line: String, error: UsageError) {
    #expect(throws: error) { try parse(line) }
  }

  @Test("every setting of a recipe comes back from its own words")
  func recipe() throws {
    for task in ["loud", "mirror", "quiz", "so", "kind", "mine"] {
      let recipe = Recipe(task: task)
      var other = Recipe(rivalTask: "sentiment")
      (other.options.seed, other.options.shuffle, other.sharing) = (7, false, .position)
      for own in RecipeSetting.all {
        if let text = own.setting.write(recipe) { try own.setting.take(text, into: &other) }
      }
      #expect(other == recipe)
    }
  }

  @Test("names are taken whatever their case, and a slip is answered with the nearest")
  func names() throws {
    #expect(try TrainCommand(["--method", "LoReFT", "--task", "LOUD"]).method == "loreft")
    #expect(try TrainCommand(["--task", "LOUD"]).materials.task == "loud")
    #expect(try TrainCommand(["--task", "./LOUD"]).materials.task == "./LOUD")
    let error = #expect(throws: UsageError.self) { try TrainCommand(["--method", "lorett"]) }
    #expect(error?.description.hasSuffix(" (did you mean loreft?).") == true, "\(error as Any)")
    #expect(throws: Refusal.self) { try TaskPlace(ofTask: "loudd") }
  }

  private func parse(_ line: String) throws(UsageError) -> Sample {
    try Sample(line.split(separator: " ").map(String.init))
  }

  private func message(_ line: String) -> String {
    do { return "no error: \(try parse(line))" } catch { return "\(error)" }
  }
}

import Testing

@testable import Command

/// A subcommand with a flag of every kind.
private enum Sample: Subcommand {
  static let name = "sample"
  static let summary = "Sums up."
  static let discussion = ""
  static let count = Flag.whole("count", "N", default: 3, in: -5...9, "")
  static let rate = Flag.number("rate", "X", default: 1, "", bounds: "above 0") { $0 > 0 }
  static let limit = Flag.whole("limit", "N", in: 0...Int.max, "").optional("none")
  static let color = Flag.choice("color", of: ["red", "blue"], "").optional("none")
  static let layers = LayerChoice.flag.optional("none")
  static let title = Flag.text("title", "TEXT", default: "", "")
  static let shuffle = Flag.toggle("shuffle", default: true, "")
  static let unlisted = Flag.text("unlisted", "TEXT", default: "", "")
  static let flagGroups = [
    FlagGroup("Flags", [count, rate, limit, color, layers, title, shuffle])
  ]
  static let examples: [Example] = []
  static func run(_ arguments: Arguments, on console: Console) {}
}

@Suite("Flags")
struct FlagTests {
  @Test("left out, a flag has its default")
  func defaults() throws {
    let arguments = try parse("")
    #expect(try arguments[Sample.count] == 3)
    #expect(try arguments[Sample.rate] == 1)
    #expect(try arguments[Sample.limit] == nil)
    #expect(try arguments[Sample.shuffle])
  }

  @Test("a value follows its flag or is joined to it, and may be negative")
  func values() throws {
    let arguments = try parse(
      "--count -5 --rate=1e-2 --limit 7 --layers 0,2 --no-shuffle --title=--x=y")
    #expect(try arguments[Sample.count] == -5)
    #expect(try arguments[Sample.rate] == 0.01)
    #expect(try arguments[Sample.limit] == 7)
    #expect(try arguments[Sample.layers] == .listed([0, 2]))
    #expect(try arguments[Sample.title] == "--x=y")
    #expect(try !arguments[Sample.shuffle])
    #expect(try parse("--shuffle --layers all")[Sample.layers] == .all)
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
      ("--count 1 2", .strayArgument("2")),
      ("-", .strayArgument("-")),
      ("--", .unknownFlag("--", nearest: nil)),
      ("--Count 1", .unknownFlag("--Count", nearest: "--count")),
      ("-count 1", .unknownFlag("-count", nearest: "--count")),
      ("--no-shufle", .unknownFlag("--no-shufle", nearest: "--no-shuffle")),
      ("--unlisted x", .unknownFlag("--unlisted", nearest: nil)),
    ])
  func wrongForm(line: String, error: UsageError) {
    #expect(throws: error) { try parse(line) }
  }

  @Test("asking for a flag that is not declared is an error, not its default")
  func undeclared() {
    #expect(throws: UsageError.undeclaredFlag("unlisted")) { try parse("")[Sample.unlisted] }
  }

  @Test(
    "the nearest name, by slip, by part and by initials",
    arguments: [
      ("laerning-rate", "learning-rate"), ("batch", "batch-size"), ("lr", "learning-rate"),
      ("ranks", "rank"), ("epoch", "epochs"), ("batch_size", "batch-size"), ("xyz", nil), ("", nil),
    ])
  func nearest(name: String, expected: String?) {
    let names = ["rank", "learning-rate", "batch-size", "epochs"]
    #expect(nearestName(to: name, in: names) == expected)
  }

  private func parse(_ line: String) throws(UsageError) -> Arguments {
    try Arguments(line.split(separator: " ").map(String.init), for: Sample.self)
  }

  private func message(_ line: String) -> String {
    do { return "no error: \(try parse(line))" } catch { return "\(error)" }
  }
}

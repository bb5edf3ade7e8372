import TinyReFT

// From the words of a command line to a subcommand's settings, and back.

extension Subcommand {
  /// Everything wrong is found here, before the subcommand has begun to work.
  init(_ words: [String]) throws(UsageError) {
    self.init()
    var rest = words[...]
    while let word = rest.popFirst() { try take(word, &rest) }
    for setting in Self.settings where setting.isRequired && !given.contains(setting.name) {
      throw .missingFlag(setting.spelling)
    }
  }

  /// The words that ask for this again, but for the flags of these names.
  func words(without names: [String]) -> [String] {
    [Self.name] + Self.settings.filter { !names.contains($0.name) }.flatMap { $0.words(self) }
  }

  /// Takes one flag, and its value from `rest` when it was not joined to it.
  private mutating func take(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
    guard word.hasPrefix("-"), word.count > 1 else {
      let operand = Self.settings.first { $0.name == Self.operand && !given.contains($0.name) }
      guard let operand else { throw .strayArgument(word) }
      return try set(operand, to: word)
    }
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let (spelling, joined) = (String(parts[0]), parts.count > 1 ? String(parts[1]) : nil)
    let declared = Self.settings.first {
      spelling == "--\($0.name)" || $0.isSwitch && spelling == "--no-\($0.name)"
    }
    guard let setting = declared else {
      throw .unknownFlag(spelling, nearest: Self.nearestSpelling(to: spelling))
    }
    guard !given.contains(setting.name) else { throw .repeatedFlag("--\(setting.name)") }
    if setting.isSwitch {
      if let joined { throw .switchWithValue(flag: setting.name, value: joined) }
      return try set(setting, to: spelling == "--\(setting.name)" ? "yes" : "no")
    }
    // `--x -1` is a value, `--x --y` is a value forgotten.
    guard let text = joined ?? rest.first, joined != nil || !text.hasPrefix("--") else {
      throw .missingValue(flag: setting.spelling, next: rest.first)
    }
    if joined == nil { rest.removeFirst() }
    try set(setting, to: text)
  }

  private mutating func set(_ setting: Setting<Self>, to text: String) throws(UsageError) {
    try setting.take(text, into: &self)
    given.insert(setting.name)
  }

  private static func nearestSpelling(to spelling: String) -> String? {
    let switches = settings.filter(\.isSwitch).map { "no-\($0.name)" }
    let names = settings.map(\.name) + switches + ["help"]
    return nearestName(to: String(spelling.drop { $0 == "-" }), in: names).map { "--\($0)" }
      .flatMap { $0 == spelling ? nil : $0 }
  }
}

/// The word as a shell has to be given it.
func shellQuoted(_ word: String) -> String {
  let plain = word.unicodeScalars.allSatisfy { scalar in
    scalar.isASCII
      && (scalar.properties.isAlphabetic || "0123456789-_=+,./:".contains(Character(scalar)))
  }
  return plain && !word.isEmpty
    ? word : "'" + word.replacing("'", with: #"'\''"#) + "'"
}

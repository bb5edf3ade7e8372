/// The flags of one run: what was typed, checked against what the subcommand declares.
///
///     let rank = try arguments[Self.rank]
struct Arguments: Sendable {
  /// Whose flags these are.
  let subcommand: any Subcommand.Type

  /// What was typed for each flag; `yes` or `no` for a switch.
  private var typed: [String: String] = [:]

  /// Everything wrong is found here, before the subcommand has begun to work.
  init(_ words: [String], for subcommand: any Subcommand.Type) throws(UsageError) {
    self.subcommand = subcommand
    var rest = words[...]
    while let word = rest.popFirst() {
      try take(word, &rest)
    }
    for flag in subcommand.flags where flag.isRequired && typed[flag.name] == nil {
      throw .missingFlag(flag.spelling)
    }
  }

  /// The value typed, or the default.
  subscript<Value>(flag: Flag<Value>) -> Value {
    get throws(UsageError) {
      guard subcommand.flags.contains(where: { $0.name == flag.name }) else {
        throw .undeclaredFlag(flag.name)
      }
      if let text = typed[flag.name] { return try flag.value(of: text) }
      guard let fallback = flag.fallback else { throw .missingFlag(flag.spelling) }
      return fallback
    }
  }

  /// Whether the flag of this name was typed.
  func isGiven(_ name: String) -> Bool { typed[name] != nil }

  /// The same with the flags of these names as `other` has them, where it has any.
  func taking(_ names: [String], from other: Arguments) -> Arguments {
    var copy = self
    for name in names { copy.typed[name] = other.typed[name] ?? typed[name] }
    return copy
  }

  /// Takes one flag, and its value from `rest` when it was not joined to it.
  private mutating func take(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
    guard word.hasPrefix("-"), word.count > 1 else {
      guard let operand = subcommand.operand, typed[operand.name] == nil else {
        throw .strayArgument(word)
      }
      try operand.check(word)
      return typed[operand.name] = word
    }
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let (spelling, joined) = (String(parts[0]), parts.count > 1 ? String(parts[1]) : nil)
    guard let (flag, isNegated) = declared(spelling) else {
      throw .unknownFlag(spelling, nearest: nearestSpelling(to: spelling))
    }
    guard typed[flag.name] == nil else { throw .repeatedFlag("--\(flag.name)") }
    if flag.isSwitch {
      if let joined { throw .switchWithValue(flag: flag.name, value: joined) }
      typed[flag.name] = isNegated ? "no" : "yes"
      return
    }
    // `--x -1` is a value, `--x --y` is a value forgotten.
    guard let text = joined ?? rest.first, joined != nil || !text.hasPrefix("--") else {
      throw .missingValue(flag: flag.spelling, next: rest.first)
    }
    if joined == nil { rest.removeFirst() }
    try flag.check(text)
    typed[flag.name] = text
  }

  private func declared(_ spelling: String) -> (flag: any FlagDeclaration, isNegated: Bool)? {
    for flag in subcommand.flags {
      if spelling == "--\(flag.name)" { return (flag, false) }
      if flag.isSwitch, spelling == "--no-\(flag.name)" { return (flag, true) }
    }
    return nil
  }

  private func nearestSpelling(to spelling: String) -> String? {
    let switches = subcommand.flags.filter(\.isSwitch).map { "no-\($0.name)" }
    let names = subcommand.flags.map(\.name) + switches + ["help"]
    return nearestName(to: String(spelling.drop { $0 == "-" }), in: names).map { "--\($0)" }
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

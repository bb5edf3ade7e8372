/// One setting, declared once: its flag, where its value goes, what it may be, and what it means. Parsing,
/// help, and the words that repeat a run are loops over such declarations.
///
///     Setting("rank", \.rank, .whole(in: 1...64), "Rows of R.")
///
///     differs    from swift-argument-parser: no reflection, and a repeated flag is an error
struct Setting<Values>: Sendable {
  /// Without the two dashes.
  let name: String

  /// What stands for the value in the help, such as `DIR`; nil for a switch, which takes none.
  let placeholder: String?

  let help: String

  /// What happens without the flag, when that cannot be typed.
  let absence: String?

  let isRequired: Bool

  /// Takes what was typed, `yes` or `no` for a switch. Throws what would have been accepted instead.
  let read: @Sendable (String, inout Values) throws(InvalidValue) -> Void

  /// What one would type; nil when nothing was chosen.
  let write: @Sendable (Values) -> String?

  /// A setting that has a value when nothing is typed, or is required.
  init<Value>(
    _ name: String, _ path: WritableKeyPath<Values, Value> & Sendable, _ kind: Kind<Value>,
    isRequired: Bool = false, absence: String? = nil, _ help: String
  ) {
    (self.name, self.help, self.isRequired) = (name, help, isRequired)
    (placeholder, self.absence) = (kind.placeholder, absence)
    read = { (text, values) throws(InvalidValue) in values[keyPath: path] = try kind.value(text) }
    write = { kind.write($0[keyPath: path]) }
  }

  /// A setting that may be left out; `absence` says what happens then.
  init<Value>(
    _ name: String, _ path: WritableKeyPath<Values, Value?> & Sendable, _ kind: Kind<Value>,
    absence: String, _ help: String
  ) {
    (self.name, self.help, isRequired) = (name, help, false)
    (placeholder, self.absence) = (kind.placeholder, absence)
    read = { (text, values) throws(InvalidValue) in values[keyPath: path] = try kind.value(text) }
    write = { $0[keyPath: path].map(kind.write) }
  }

  /// A switch: on with `--name`, off with `--no-name`.
  init(switch name: String, _ path: WritableKeyPath<Values, Bool> & Sendable, _ help: String) {
    (self.name, self.help, isRequired) = (name, help, false)
    (placeholder, absence) = (nil, nil)
    read = { (text, values) throws(InvalidValue) in values[keyPath: path] = text == "yes" }
    write = { $0[keyPath: path] ? "yes" : "no" }
  }

  /// A setting of a part that is made later: what is typed is checked now, and kept by its name.
  init<Part: Sendable>(
    of part: Setting<Part>, in path: WritableKeyPath<Values, [String: String]> & Sendable,
    otherwise example: Part
  ) {
    (name, help, isRequired) = (part.name, part.help, part.isRequired)
    (placeholder, absence) = (part.placeholder, part.absence)
    read = { (text, values) throws(InvalidValue) in
      var scratch = example
      try part.read(text, &scratch)
      values[keyPath: path][part.name] = text
    }
    write = { $0[keyPath: path][part.name] ?? part.write(example) }
  }

  var isSwitch: Bool { placeholder == nil }

  /// `--rank N`, as errors and usage lines show it.
  var spelling: String { placeholder.map { "--\(name) \($0)" } ?? "--\(name)" }

  /// The words that ask for what these values have.
  func words(_ values: Values) -> [String] {
    guard let text = write(values) else { return [] }
    return isSwitch ? [text == "yes" ? "--\(name)" : "--no-\(name)"] : ["--\(name)", text]
  }

  /// Takes what was typed, or throws the error that names the flag.
  func take(_ text: String, into values: inout Values) throws(UsageError) {
    do throws(InvalidValue) {
      try read(text, &values)
    } catch {
      throw .invalidValue(text, flag: spelling, problem: "expected \(error.expected)")
    }
  }
}

/// A heading of the help, and the settings under it.
struct SettingGroup<Values>: Sendable {
  let title: String
  let settings: [Setting<Values>]

  init(_ title: String, _ settings: [Setting<Values>]) {
    (self.title, self.settings) = (title, settings)
  }
}

/// A text is not a value of its setting. `expected` is the end of a sentence, such as `a whole number`.
struct InvalidValue: Error {
  let expected: String
}

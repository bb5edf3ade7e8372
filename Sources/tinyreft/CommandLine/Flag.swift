/// One flag of a subcommand, declared once: the parser checks by it, the help is printed from it,
/// and `arguments[flag]` has its type.
///
///     static let rank = Flag.whole("rank", "N", default: 1, in: 1...64, "Rows of R.")
///
/// A flag without a default is required; `optional` turns it into one that may be left out.
///
///     differs    from swift-argument-parser: no reflection, and a repeated flag is an error
struct Flag<Value: Sendable>: FlagDeclaration {
  let name: String

  let placeholder: String?

  let help: String

  /// The value when the flag is left out. Without one, it may not be left out.
  let fallback: Value?

  let typedDefault: String?

  let absence: String?

  /// The value of what was typed, or what would have been accepted instead.
  let read: @Sendable (String) throws(InvalidValue) -> Value

  init(
    _ name: String, _ placeholder: String?, help: String, default fallback: Value? = nil,
    typed typedDefault: String? = nil, absence: String? = nil,
    read: @escaping @Sendable (String) throws(InvalidValue) -> Value
  ) {
    self.name = name
    self.placeholder = placeholder
    self.help = help
    self.fallback = fallback
    self.typedDefault = typedDefault
    self.absence = absence
    self.read = read
  }

  /// The same flag, nil when it is left out; `absence` tells the help what happens then.
  func optional(_ absence: String) -> Flag<Value?> {
    let read = self.read
    return Flag<Value?>(name, placeholder, help: help, default: .some(nil), absence: absence) {
      (text) throws(InvalidValue) in try read(text)
    }
  }

  var isRequired: Bool { fallback == nil }

  func check(_ text: String) throws(UsageError) { _ = try value(of: text) }

  func value(of text: String) throws(UsageError) -> Value {
    do throws(InvalidValue) {
      return try read(text)
    } catch {
      throw .invalidValue(text, flag: spelling, problem: error.problem)
    }
  }
}

/// What the parser and the help need of a flag, whatever the type of its value.
protocol FlagDeclaration: Sendable {
  /// Without the two dashes.
  var name: String { get }

  /// What stands for the value in the help, such as `DIR`; nil for a switch, which takes none.
  var placeholder: String? { get }

  /// One or two sentences.
  var help: String { get }

  /// What one would type to get the default.
  var typedDefault: String? { get }

  /// What happens without the flag, when that cannot be typed.
  var absence: String? { get }

  var isRequired: Bool { get }

  func check(_ text: String) throws(UsageError)
}

extension FlagDeclaration {
  var isSwitch: Bool { placeholder == nil }

  /// `--rank N`, as errors and usage lines show it.
  var spelling: String { placeholder.map { "--\(name) \($0)" } ?? "--\(name)" }
}

/// A heading of the help, and the flags under it.
struct FlagGroup: Sendable {
  let title: String
  let flags: [any FlagDeclaration]

  init(_ title: String, _ flags: [any FlagDeclaration]) {
    self.title = title
    self.flags = flags
  }
}

/// Why a text is not a value of a flag: the end of a sentence, such as `expected a whole number`.
struct InvalidValue: Error {
  let problem: String
}

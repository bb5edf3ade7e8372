import Foundation

// The kinds of value that flags take. Each says what it accepts in the words of its error.

extension Flag where Value == Int {
  /// A whole number within `range`.
  static func whole(
    _ name: String, _ placeholder: String, default fallback: Int? = nil,
    in range: ClosedRange<Int>, _ help: String
  ) -> Flag {
    Flag(
      name, placeholder, help: help, default: fallback, typed: fallback.map(String.init)
    ) { (text) throws(InvalidValue) in
      guard let value = Int(text), range.contains(value) else {
        let bounds =
          range.upperBound == .max
          ? ", at least \(range.lowerBound)" : " from \(range.lowerBound) to \(range.upperBound)"
        throw InvalidValue(problem: "expected a whole number\(bounds)")
      }
      return value
    }
  }
}

extension Flag where Value == Double {
  /// A finite number that `isAllowed` lets through; `bounds` says the same in words.
  static func number(
    _ name: String, _ placeholder: String, default fallback: Double? = nil, _ help: String,
    bounds: String, where isAllowed: @escaping @Sendable (Double) -> Bool
  ) -> Flag {
    Flag(
      name, placeholder, help: help, default: fallback, typed: fallback.map(shortest)
    ) { (text) throws(InvalidValue) in
      guard let value = Double(text), value.isFinite, isAllowed(value) else {
        throw InvalidValue(problem: "expected a number \(bounds)")
      }
      return value
    }
  }

  /// 0.01 as `0.01` and 1.0 as `1`, as one types them.
  private static func shortest(_ value: Double) -> String {
    Int(exactly: value).map(String.init) ?? String(value)
  }
}

extension Flag where Value == String {
  /// Any text, the empty one too.
  static func text(
    _ name: String, _ placeholder: String, default fallback: String? = nil, _ help: String
  ) -> Flag {
    Flag(name, placeholder, help: help, default: fallback, typed: fallback) { $0 }
  }

  /// A file or folder. The tilde is expanded here because shells leave it alone in `--out=~/run`.
  static func path(
    _ name: String, _ placeholder: String, default fallback: String? = nil, _ help: String
  ) -> Flag {
    Flag(name, placeholder, help: help, default: fallback, typed: fallback) {
      (text) throws(InvalidValue) in
      guard !text.isEmpty else { throw InvalidValue(problem: "expected a path") }
      _ = try checkedText(text)
      return text.hasPrefix("~") ? NSString(string: text).expandingTildeInPath : text
    }
  }

  /// One of the names.
  static func choice(
    _ name: String, called placeholder: String? = nil, default fallback: String? = nil,
    of names: [String], _ help: String
  ) -> Flag {
    Flag(
      name, placeholder ?? names.joined(separator: "|"), help: help, default: fallback,
      typed: fallback
    ) {
      (text) throws(InvalidValue) in
      guard names.contains(text) else {
        throw InvalidValue(problem: "expected \(alternatives(names))")
      }
      return text
    }
  }
}

extension Flag where Value: RawRepresentable<String> & CaseIterable {
  /// One of the cases, by its raw value.
  static func choice(
    _ name: String, default fallback: Value? = nil, _ help: String
  ) -> Flag {
    Flag(
      name, Value.allCases.map(\.rawValue).joined(separator: "|"), help: help, default: fallback,
      typed: fallback?.rawValue
    ) { (text) throws(InvalidValue) in
      guard let value = Value(rawValue: text) else {
        throw InvalidValue(problem: "expected \(alternatives(Value.allCases.map(\.rawValue)))")
      }
      return value
    }
  }
}

extension Flag where Value == [String] {
  /// Names separated by commas, each once.
  static func names(_ name: String, default fallback: [String], _ help: String) -> Flag {
    Flag(
      name, "LIST", help: help, default: fallback, typed: fallback.joined(separator: ",")
    ) { (text) throws(InvalidValue) in
      let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      guard !names.contains(""), Set(names).count == names.count else {
        throw InvalidValue(problem: "expected names separated by commas, each once")
      }
      _ = try checkedText(text)
      return names
    }
  }
}

extension Flag where Value == Bool {
  /// On with `--name`, off with `--no-name`. The parser hands over `yes` or `no`.
  static func toggle(_ name: String, default fallback: Bool, _ help: String) -> Flag {
    Flag(name, nil, help: help, default: fallback, typed: fallback ? "yes" : "no") { $0 == "yes" }
  }
}

/// Whether nothing of it was lost when the system's bytes became text: what is no UTF-8 is U+FFFD then,
/// and a file by that name is another file.
func isText(_ path: String) -> Bool { !path.unicodeScalars.contains("\u{FFFD}") }

/// The text, if it is what was typed.
func checkedText(_ text: String) throws(InvalidValue) -> String {
  guard isText(text) else {
    throw InvalidValue(problem: "expected a path in UTF-8; rename the folder")
  }
  return text
}

/// `5,9,2`. `alternative` names what else the flag takes, for the error.
func wholeNumbers(_ text: String, or alternative: String) throws(InvalidValue) -> [Int] {
  var numbers: [Int] = []
  for part in text.split(separator: ",", omittingEmptySubsequences: false) {
    guard let number = Int(part), number >= 0 else {
      throw InvalidValue(
        problem: "expected \(alternative)whole numbers separated by commas, such as 0,2")
    }
    numbers.append(number)
  }
  return numbers
}

/// `a, b or c`.
private func alternatives(_ names: [String]) -> String {
  guard let last = names.last, names.count > 1 else { return names.joined() }
  return names.dropLast().joined(separator: ", ") + " or " + last
}

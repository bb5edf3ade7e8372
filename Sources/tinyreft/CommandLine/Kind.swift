import Foundation
import TinyReFT

/// A kind of value that settings have: how it is read and written, and the words for what it accepts.
struct Kind<Value: Sendable>: Sendable {
  let placeholder: String
  /// The end of "expected …".
  let expected: String
  /// nil for a text that is no such value.
  let read: @Sendable (String) -> Value?
  let write: @Sendable (Value) -> String
  /// The texts that there are, where these are few.
  var names: [String] = []

  func value(_ text: String) throws(InvalidValue) -> Value {
    if let value = read(text) { return value }
    let nearest = nearestName(to: text, in: names).map { " (did you mean \($0)?)" } ?? ""
    throw InvalidValue(expected: expected + nearest)
  }
}

extension Kind where Value: FixedWidthInteger & Sendable {
  /// A whole number within `range`.
  static func whole(_ placeholder: String = "N", in range: ClosedRange<Value>, of unit: Value = 1)
    -> Kind
  {
    let number = unit == 1 ? "a whole number" : "a multiple of \(unit)"
    let bounds =
      range.upperBound == .max
      ? ", at least \(range.lowerBound)" : " from \(range.lowerBound) to \(range.upperBound)"
    return Kind(placeholder: placeholder, expected: number + bounds) { text in
      Value(text).flatMap { range.contains($0) && $0.isMultiple(of: unit) ? $0 : nil }
    } write: {
      "\($0)"
    }
  }
}

extension Kind where Value: BinaryFloatingPoint & LosslessStringConvertible {
  /// A finite number that `isAllowed` lets through; `bounds` says the same in words.
  static func number(
    _ bounds: String, called placeholder: String = "X",
    where isAllowed: @escaping @Sendable (Value) -> Bool
  ) -> Kind {
    Kind(placeholder: placeholder, expected: "a number \(bounds)") { text in
      Value(text).flatMap { $0.isFinite && isAllowed($0) ? $0 : nil }
    } write: {
      "\($0)"
    }
  }
}

extension Kind where Value == String {
  /// Any text, the empty one too.
  static var text: Kind {
    Kind(placeholder: "TEXT", expected: "a text", read: { $0 }, write: { $0 })
  }

  /// A file or folder. The tilde is expanded here because shells leave it alone in `--out=~/run`.
  static func path(_ placeholder: String = "DIR") -> Kind {
    Kind(placeholder: placeholder, expected: "a path in UTF-8") { text in
      guard !text.isEmpty, isText(text) else { return nil }
      return text.hasPrefix("~") ? NSString(string: text).expandingTildeInPath : text
    } write: {
      $0
    }
  }

  /// A name, or the path of a folder.
  static var task: Kind {
    Kind(
      placeholder: "NAME", expected: "a name, or a path in UTF-8",
      read: { isText($0) ? TaskPlace.name($0) : nil }, write: { $0 })
  }

  /// One of the names, whatever its case.
  static func choice(called placeholder: String? = nil, of names: [String]) -> Kind {
    Kind(
      placeholder: placeholder ?? names.joined(separator: "|"), expected: alternatives(names),
      read: { text in names.first { $0 == text.lowercased() } }, write: { $0 }, names: names)
  }
}

extension Kind where Value: RawRepresentable<String> & CaseIterable {
  /// One of the cases, by its raw value.
  static var choice: Kind {
    let names = Value.allCases.map(\.rawValue)
    return Kind(
      placeholder: names.joined(separator: "|"), expected: alternatives(names),
      read: { Value(rawValue: $0) }, write: { $0.rawValue }, names: names)
  }
}

extension Kind {
  /// Values with a separator between them, each once unless said otherwise.
  static func list<Element: Hashable & Sendable>(
    _ placeholder: String = "LIST", _ expected: String, separator: Character = ",",
    isSet: Bool = true, element: @escaping @Sendable (String) -> Element?,
    write: @escaping @Sendable (Element) -> String = { "\($0)" }
  ) -> Kind where Value == [Element] {
    Kind(placeholder: placeholder, expected: expected) { text in
      let parts = text.split(separator: separator, omittingEmptySubsequences: false)
      let values = parts.compactMap { element(String($0)) }
      guard values.count == parts.count, !isSet || Set(values).count == values.count else {
        return nil
      }
      return values
    } write: {
      $0.map(write).joined(separator: String(separator))
    }
  }
}

extension Kind<[String]> {
  /// Names, or other texts that are not empty, each once.
  static func names(_ what: String = "names", separator: Character = ",") -> Kind {
    .list(
      "LIST", "\(what) separated by \"\(separator)\", each once", separator: separator,
      element: { $0.isEmpty || !isText($0) ? nil : $0 })
  }
}

extension Kind<[Int]> {
  /// `5,9,2`.
  static var wholes: Kind {
    .list("LIST", "whole numbers separated by commas, such as 0,2", isSet: false) { text in
      Int(text).flatMap { $0 < 0 ? nil : $0 }
    }
  }
}

extension Kind<[Int]?> {
  /// Blocks of the decoder, counted from 0; nil for all of them.
  static var layers: Kind {
    Kind(placeholder: "LIST", expected: "all, or \(Kind<[Int]>.wholes.expected)") { text in
      text == "all" ? .some(nil) : Kind<[Int]>.wholes.read(text).map(Optional.some)
    } write: {
      $0.map(Kind<[Int]>.wholes.write) ?? "all"
    }
  }
}

/// Whether nothing of it was lost when the system's bytes became text: what is no UTF-8 is U+FFFD then,
/// and a file by that name is another file.
func isText(_ path: String) -> Bool { !path.unicodeScalars.contains("\u{FFFD}") }

/// `a, b or c`.
private func alternatives(_ names: [String]) -> String {
  guard let last = names.last, names.count > 1 else { return names.joined() }
  return names.dropLast().joined(separator: ", ") + " or " + last
}

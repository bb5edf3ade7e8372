import Foundation

/// What a study found, a row for each thing that was measured. A terminal, Markdown and JSON get the same
/// rows.
///
///     Table(results, [.init("skill", \.skill), .init("factor", as: "c", \.factor)])
public struct Table: Sendable {
  /// What one column shows of a row.
  struct Column<Row> {
    /// In JSON; nil when only people see it.
    let key: String?
    /// For people; nil when only JSON has it.
    let title: String?
    let value: (Row) -> any Encodable & Sendable
    let shown: (Row) -> String

    /// The title is the key where nothing else is said.
    init<Value: Encodable & Sendable>(
      _ key: String, as title: String? = nil, _ value: @escaping (Row) -> Value
    ) {
      self.init(key, as: title ?? key, value) { Table.shown(value($0)) }
    }

    init<Value: Encodable & Sendable>(
      _ key: String, as title: String, _ value: @escaping (Row) -> Value,
      _ shown: @escaping (Row) -> String
    ) {
      (self.key, self.title, self.value, self.shown) = (key, title, value, shown)
    }

    /// For people alone.
    init(shown title: String, _ shown: @escaping (Row) -> String) {
      (key, self.title, value, self.shown) = (nil, title, shown, shown)
    }

    /// For JSON alone.
    init<Value: Encodable & Sendable>(json key: String, _ value: @escaping (Row) -> Value) {
      (self.key, title, self.value, shown) = (key, nil, value, { _ in "" })
    }
  }

  /// The columns' names, and under them a line for each row.
  public let lines: [[String]]
  /// The rows for a script.
  public let objects: [JSONObject]

  init<Row>(_ rows: [Row], _ columns: [Column<Row>]) {
    let visible = columns.filter { $0.title != nil }
    lines = [visible.compactMap(\.title)] + rows.map { row in visible.map { $0.shown(row) } }
    objects = rows.map { row in
      let members = columns.compactMap { column in column.key.map { ($0, column.value(row)) } }
      return JSONObject(Dictionary(members) { one, _ in one })
    }
  }

  public var markdown: String {
    let rule = "|" + String(repeating: "-|", count: lines[0].count)
    var rows = lines.map { "| " + $0.joined(separator: " | ") + " |" }
    rows.insert(rule, at: 1)
    return rows.map { $0 + "\n" }.joined()
  }

  /// Columns under each other, two spaces between them.
  public var text: String {
    let widths = lines[0].indices.map { i in lines.map { $0[i].count }.max() ?? 0 }
    return lines.map { line in
      zip(line, widths).map { cell, width in
        String(repeating: " ", count: width - cell.count) + cell
      }.joined(separator: "  ") + "\n"
    }.joined()
  }

  /// Numbers with three digits, and what is a list with commas.
  private static func shown(_ value: any Encodable & Sendable) -> String {
    switch value {
    case let number as Double: threeDigits(number)
    case let numbers as [Int]: numbers.map(String.init).joined(separator: ", ")
    default: "\(value)"
    }
  }
}

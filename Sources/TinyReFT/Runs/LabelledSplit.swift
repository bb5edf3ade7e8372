import Foundation

/// A file of texts and labels: `{"text": "the cake was dull.", "label": "neg"}`.
///
/// Labels are numbered in alphabetical order, so that the numbers do not depend on that of the lines.
struct LabelledSplit {
  /// The texts as prompts, the labels as completions.
  let items: [TaskItem]
  /// The label of each item, by its place among all.
  let numbers: [Int]
  let labels: [String]

  /// nil when the first item has no text and label: such a file holds prompts and completions. Throws
  /// when a label is none of `known`; if that is nil, the file's own labels are all there are.
  init?(_ url: URL, labels known: [String]?) throws {
    let lines = try JSONLines.read(url)
    guard try lines[0].keys().contains("text"), try lines[0].keys().contains("label") else {
      return nil
    }
    items = try lines.map { line in
      TaskItem(prompt: try line["text"].string(), completion: try line["label"].string())
    }
    labels = known ?? Set(items.map(\.completion)).sorted()
    guard labels.count > 1 else {
      throw FileError(
        url, "every label is \(quoted(labels.first ?? ""))", "a classifier needs at least two")
    }
    let places = Dictionary(uniqueKeysWithValues: zip(labels, 0...))
    numbers = try zip(lines, items).map { line, item in
      if let number = places[item.completion] { return number }
      let some = (known ?? []).prefix(8).map(quoted).joined(separator: ", ")
      throw FileError(
        url, at: line.line, "has the label \(quoted(item.completion)), which train does not",
        "use \(some)\((known ?? []).count > 8 ? ", …" : "")")
    }
  }
}

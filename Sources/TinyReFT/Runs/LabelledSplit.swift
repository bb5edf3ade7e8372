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
  init?(_ lines: [JSON], labels known: [String]?) throws {
    let url = lines[0].file
    guard try lines[0].keys().contains("text"), try lines[0].keys().contains("label") else {
      return nil
    }
    items = try lines.map { line in
      if try Set(line.keys()).isSuperset(of: ["label", "completion"]) {
        throw line.error("has a label and a completion", "leave out one of the two")
      }
      let label = try line["label"]
      if label.isNumber { throw label.error("is \(label.shown)", "write it in quotes") }
      return TaskItem(prompt: try line["text"].string(), completion: try label.string())
    }
    // By bytes: strings are equal that have other bytes, and are two labels all the same.
    let names = Dictionary(items.map { (Array($0.completion.utf8), $0.completion) }) { one, _ in one
    }
    labels = known ?? names.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
    guard labels.count > 1 else {
      throw FileError(
        url, "every label is \(quoted(labels.first ?? ""))", "a classifier needs at least two")
    }
    let places = Dictionary(zip(labels.map { Array($0.utf8) }, 0...)) { one, _ in one }
    numbers = try zip(lines, items).map { line, item in
      if let number = places[Array(item.completion.utf8)] { return number }
      let some = (known ?? []).prefix(8).map(quoted).joined(separator: ", ")
      throw FileError(
        url, at: line.line, "has the label \(quoted(item.completion)), which train does not",
        "use \(some)\((known ?? []).count > 8 ? ", …" : "")")
    }
  }
}

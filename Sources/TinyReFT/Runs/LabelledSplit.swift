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
    let first = try JSONLines.read(ItemKeys.self, from: url, allowsEmpty: false).first
    guard first?.areOfLabelledText == true else { return nil }
    let lines = try JSONLines.readNumbered(LabelledText.self, from: url, allowsEmpty: false)
    labels = known ?? Set(lines.map(\.value.label)).sorted()
    guard labels.count > 1 else {
      throw TaskError.oneLabel(file: url.relativePath, label: labels.first ?? "")
    }
    let places = Dictionary(uniqueKeysWithValues: zip(labels, 0...))
    items = lines.map { TaskItem(prompt: $0.value.text, completion: $0.value.label) }
    numbers = try lines.map { line, text in
      if let number = places[text.label] { return number }
      throw TaskError.unknownLabel(
        file: url.relativePath, line: line, label: text.label, known: known ?? [])
    }
  }
}

/// Which keys an item has, whatever their values.
private struct ItemKeys: Decodable {
  let areOfLabelledText: Bool

  init(from decoder: any Swift.Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    areOfLabelledText = keys.contains(.text) && keys.contains(.label)
  }

  private enum CodingKeys: String, CodingKey { case text, label }
}

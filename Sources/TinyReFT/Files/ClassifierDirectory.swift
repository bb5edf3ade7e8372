import Foundation

/// A trained classifier on disk, in the directory of the interventions that it was trained with.
///
///     format     classifier.json: format_version, hidden_size, labels in the order of the logits
///                classifier.safetensors: dense.weight [d, d], dense.bias [d], out_proj.weight [C, d],
///                out_proj.bias [C]
///     differs    nothing: names and shapes are those of Hugging Face's RobertaClassificationHead
public enum ClassifierDirectory {
  static let description = "classifier.json"
  static let tensors = "classifier.safetensors"
  static let files = [description, tensors]

  /// Writes both files; the tensors first, so that a classifier.json never stands without them.
  public static func write(_ head: Classifier, labels: [String], to directory: URL) throws {
    try createFolder(directory)
    try Safetensors(head).write(to: directory.appending(path: tensors))
    let file = JSONObject([
      "format_version": FormatVersion.current, "hidden_size": head.width, "labels": labels,
    ])
    try JSONCoding.write(file, to: directory.appending(path: description))
  }

  /// What `write` wrote, for a decoder of this width; nil where there is no classifier.json.
  public static func read(
    _ directory: URL, width: Int
  ) throws -> (head: Classifier, labels: [String])? {
    let url = directory.appending(path: description)
    let numbers = directory.appending(path: tensors)
    guard kind(of: url) != nil || kind(of: numbers) != nil else { return nil }
    let file = try FormatVersion.read(url)
    let size = try file["hidden_size"].int()
    guard size == width else { throw Refusal.otherWidth(size, decoder: width).of(url) }
    let names = try file["labels"]
    let labels = try names.strings()
    // By bytes, as in the data.
    guard labels.count > 1, Set(labels.map { Array($0.utf8) }).count == labels.count else {
      throw names.error(
        "is \(quoted(labels.joined(separator: ", ")))", "supported: two or more, all different")
    }
    let stored = try Safetensors.read(numbers)
    // Nothing of the size of a long list of labels is made to find that the file has fewer.
    let bias = "out_proj.bias"
    if let shape = stored.tensors[bias]?.shape, shape != [labels.count] {
      throw FileError.shape(numbers, bias, shape, expected: [labels.count])
    }
    guard stored.tensors[bias] != nil else { throw FileError.missingTensor(numbers, bias) }
    var head = Classifier(width: width, labelCount: labels.count)
    try head.load(stored, from: numbers)
    return (head, labels)
  }
}

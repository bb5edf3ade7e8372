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
    try JSONText.write(
      ClassifierFile(hiddenSize: head.width, labels: labels),
      to: directory.appending(path: description))
  }

  /// What `write` wrote, for a decoder of this width; nil where there is no classifier.json.
  public static func read(
    _ directory: URL, width: Int
  ) throws -> (head: Classifier, labels: [String])? {
    let url = directory.appending(path: description)
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    let file = try FormatVersion.read(ClassifierFile.self, from: url)
    do { try file.check(width: width) } catch { throw CheckpointError(url, error) }
    let numbers = directory.appending(path: tensors)
    let stored = try Safetensors.read(numbers)
    // Nothing of the size of a long list of labels is made to find that the file has fewer.
    let bias = "out_proj.bias"
    if let shape = stored.tensors[bias]?.shape, shape != [file.labels.count] {
      throw CheckpointError(numbers, .shape(bias, shape, expected: [file.labels.count]))
    }
    guard stored.tensors[bias] != nil else { throw CheckpointError(numbers, .missingTensor(bias)) }
    var head = Classifier(width: width, labelCount: file.labels.count)
    try head.load(stored, from: numbers)
    return (head, file.labels)
  }
}

/// `classifier.json`.
private struct ClassifierFile: Codable {
  var formatVersion = FormatVersion.current
  var hiddenSize: Int
  var labels: [String]

  enum CodingKeys: String, CodingKey {
    case formatVersion = "format_version"
    case hiddenSize = "hidden_size"
    case labels
  }

  func check(width: Int) throws(CheckpointProblem) {
    guard hiddenSize == width else {
      throw .configuration(.otherWidth(hiddenSize, decoder: width))
    }
    guard labels.count > 1, Set(labels).count == labels.count else {
      throw .unsupported(
        field: "labels", value: quoted(labels.joined(separator: ", ")),
        accepted: "two or more, all different")
    }
  }
}

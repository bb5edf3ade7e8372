/// One example of a task: what the model is given, and what it should answer.
///
/// Prompt and completion are joined as they stand, so a space between them belongs to one of them;
/// in the toy world it ends the prompt, and the last prompt token is then the place where the
/// answer is decided.
public struct TaskItem: Codable, Hashable, Sendable {
  public var prompt: String
  public var completion: String

  public init(prompt: String, completion: String) {
    (self.prompt, self.completion) = (prompt, completion)
  }

  /// Prompt and completion as one line of text.
  public var text: String { prompt + completion }
}

/// One example of a classification task.
struct LabelledText: Codable, Hashable, Sendable {
  var text: String
  var label: String

  init(text: String, label: String) { (self.text, self.label) = (text, label) }
}

/// The three parts of a task: trained on, chosen on, reported on.
public enum Split: String, CaseIterable, Codable, Sendable {
  case train, dev, test

  /// How many items the toy world makes for it.
  var itemCount: Int { self == .train ? 384 : 256 }
}

/// The first `count` different things that `draw` gives. There must be that many.
func distinct<Element: Hashable>(_ count: Int, _ draw: () -> Element) -> [Element] {
  var seen: Set<Element> = []
  var elements: [Element] = []
  while elements.count < count {
    let element = draw()
    if seen.insert(element).inserted { elements.append(element) }
  }
  return elements
}

import Foundation
import Testing

@testable import TinyReFT

@Suite("Labelled split (docs/37-classification.md)")
struct LabelledSplitTests {
  private func read(_ text: String, labels: [String]? = nil) throws -> TaskData {
    let folder = try TemporaryFolder()
    _ = try folder.file("train.jsonl", text: text)
    return try TaskData(
      TaskPlace(folder.url), split: .train, tokenizer: .bytes, contextLength: 4, labels: labels)
  }

  private let b = #"{"text": "xy", "label": "b"}"#
  private let a = #"{"text": "z", "label": "a"}"#

  @Test("by hand: <s> text, and then the label's place in the alphabet")
  func byHand() throws {
    let data = try read("\(b)\n\(a)\n")
    #expect(data.labels == ["a", "b"])
    #expect(
      data.examples == [
        TokenSequence(tokens: [256, 120, 121, 1], promptLength: 3),
        TokenSequence(tokens: [256, 122, 0], promptLength: 2),
      ])
    #expect(data.items[0] == TaskItem(prompt: "xy", completion: "b"))
    #expect(try read("\(a)\n", labels: ["b", "a"]).examples[0].tokens == [256, 122, 1])
  }

  @Test("a file of prompts and completions has no labels, even when some are asked for")
  func completions() throws {
    let line = #"{"prompt": "a", "completion": "b"}"#
    #expect(try read(line).labels == nil)
    #expect(try read(line, labels: ["a", "b"]).labels == nil)
  }

  @Test("a label that train lacks names its line, also behind a blank one, and the known labels")
  func unknownLabel() throws {
    for (known, some) in [
      (["a", "c"], #""a", "c""#),
      (["a"] + (2...9).map(String.init), #""a", "2", "3", "4", "5", "6", "7", "8", …"#),
    ] {
      let error = #expect(throws: FileError.self) {
        try read("\(a)\n\n\(b)\n", labels: known)
      }
      let message = #"train.jsonl: line 3 has the label "b", which train does not; use "#
      #expect(error?.description.hasSuffix(message + some) == true)
    }
  }

  @Test("one label for all, a line without one, a text too long: errors")
  func malformed() {
    for (text, message) in [
      ("\(a)\n\(a)\n", #"every label is "a"; a classifier needs at least two"#),
      (a + "\n{\"text\": \"a\"}\n", #"line 2 lacks the key "label"; add it"#),
      (a + "\n" + #"{"prompt": "a", "completion": "b"}"#, #"line 2 lacks the key "text"; add it"#),
      (a + "\n" + #"{"text": "a", "label": 1}"#, #"line 2: "label" is 1; write it in quotes"#),
      (
        a + "\n" + #"{"text": "a", "label": "b", "completion": "c"}"#,
        "line 2: its value has a label and a completion; leave out one of the two"
      ),
      (b + "\n" + #"{"text": "vwxyz", "label": "a"}"#, "line 2 has 6 tokens"),
      ("[1]\n", "line 1 begins an array; write one object a line, without brackets"),
      ("", "has no lines; "),
    ] {
      let error = #expect(throws: (any Error).self) { try read(text) }
      #expect(error.map { "\($0)" }?.contains(message) == true, "\(String(describing: error))")
    }
  }
}

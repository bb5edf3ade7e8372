import Foundation
import Testing

@testable import TinyReFT

@Suite("TaskPlace (docs/61-own-data.md)")
struct TaskPlaceTests {
  private func read(_ place: TaskPlace, _ split: Split) throws -> TaskData {
    try TaskData(place, split: split, tokenizer: .bytes, contextLength: 64)
  }

  private func line(_ i: Int) -> String { "{\"prompt\":\"item \(i)\",\"completion\":\"\(i)\"}\n" }

  @Test("a task is a name of the toy world's or a folder; anything else lists the names")
  func folders() throws {
    let folder = try TemporaryFolder()
    #expect(try TaskPlace(ofTask: folder.url.path).url.path == folder.url.path)
    #expect(try TaskPlace(ofTask: "quiz").url.path.hasSuffix("data/tasks/quiz"))
    #expect(try TaskPlace(ofTask: "kind").url.path.hasSuffix("data/tasks/kind"))
    let error = #expect(throws: Refusal.self) { try TaskPlace(ofTask: "louder") }
    #expect(
      error?.description
        == #"there is no task "louder"; use loud, mirror, quiz, so, sentiment, kind, the path of a "#
        + "folder with train.jsonl, dev.jsonl and test.jsonl, or that of one .jsonl file (did you mean loud?)"
    )
    #expect(throws: Refusal.self) { try TaskPlace(ofTask: "../tasks/loud") }
  }

  @Test("one file is split 80 to 10 to 10, each prompt by itself, whatever stands beside it")
  func split() throws {
    let folder = try TemporaryFolder()
    let lines = (0..<1000).map(line)
    let place = TaskPlace(try folder.file("own.jsonl", text: lines.joined()))
    let other = TaskPlace(
      try folder.file("other.jsonl", text: (line(2000) + lines.reversed().joined())))
    #expect(place.isOneFile && place.name == "own")
    var all: Set<TaskItem> = []
    for (split, share) in [(Split.train, 800), (.dev, 100), (.test, 100)] {
      let items = try Set(read(place, split).items)
      #expect(abs(items.count - share) < 40, "\(split)")
      #expect(all.isDisjoint(with: items))
      all.formUnion(items)
      // A thousand in another order, and one more: nobody moved.
      let again = try Set(read(other, split).items)
      #expect(again.isSuperset(of: items) && again.count <= items.count + 1)
    }
    #expect(all.count == 1000)
  }

  @Test("what is asked twice stands on one side, with whatever answers")
  func twice() throws {
    let folder = try TemporaryFolder()
    let twice = (0..<300).map {
      line($0) + line($0).replacing("\"completion\":\"", with: "\"completion\":\"no ")
    }
    let place = TaskPlace(try folder.file("own.jsonl", text: twice.joined()))
    let prompts = try Split.allCases.map { try Set(read(place, $0).items.map(\.prompt)) }
    #expect(prompts.map(\.count).reduce(0, +) == 300)
    #expect(prompts.reduce(into: Set()) { $0.formUnion($1) }.count == 300)
  }

  @Test("labels are those of the whole file, also one that no train item has")
  func labels() throws {
    let folder = try TemporaryFolder()
    let lines = (0..<200).map {
      "{\"text\":\"text \($0)\",\"label\":\"\($0 % 2 == 0 ? "a" : "b")\"}\n"
    }
    let test = try read(TaskPlace(folder.file("some.jsonl", text: lines.joined())), .test)
    let rare = try #require(test.items.first).prompt
    let changed = lines.map {
      $0.contains("\"\(rare)\"") ? $0.replacing("\"label\":\"", with: "\"label\":\"z") : $0
    }
    let place = TaskPlace(try folder.file("own.jsonl", text: changed.joined()))
    let splits = try TaskSplits(place, tokenizer: .bytes, contextLength: 64)
    #expect(splits.train.labels?.count == 3 && splits.train.labels == splits.test.labels)
  }

  @Test("a file of which nothing falls to a split says what to do; errors name its lines")
  func errors() throws {
    let folder = try TemporaryFolder()
    let few = try folder.file("few.jsonl", text: (0..<2).map(line).joined())
    let place = TaskPlace(few)
    let error = #expect(throws: FileError.self) {
      for split in Split.allCases { _ = try place.lines(split) }
    }
    #expect(
      error?.description.hasSuffix(
        "write more, or a folder with train.jsonl, dev.jsonl and test.jsonl") == true)
    let broken = try folder.file("broken.jsonl", text: line(1) + "{\"completion\":\"x\"}\n")
    expectError(broken, "line 2 lacks the key \"prompt\"; add it") {
      try TaskPlace(broken).lines(.train)
    }
    #expect(throws: Refusal.self) {
      try TaskPlace(ofTask: folder.url.appending(path: "none.jsonl").path)
    }
    // A folder may be called like a file.
    let named = folder.url.appending(path: "folder.jsonl")
    try FileManager.default.createDirectory(at: named, withIntermediateDirectories: true)
    #expect(!TaskPlace(named).isOneFile)
  }

  @Test("items in memory are the same examples as in a file; what is wrong with one names it")
  func memory() throws {
    let folder = try TemporaryFolder()
    let base = BaseModel(decoder: Decoder(BaseModelTests.configuration, seed: 1), tokenizer: .bytes)
    let items = (0..<3).map { TaskItem(prompt: "item \($0)", completion: "\($0)") }
    _ = try folder.file("train.jsonl", text: (0..<3).map(line).joined())
    #expect(try base.examples(items) == read(TaskPlace(folder.url), .train).examples)
    let long = TaskItem(prompt: String(repeating: "a", count: 5000), completion: "")
    let error = #expect(throws: Refusal.self) { try base.examples(items + [long]) }
    #expect(error?.description.hasPrefix("item 3 has 5001 tokens, but the base reads") == true)
  }
}

import Foundation

@testable import Command
@testable import TinyReFT

/// Every reader, with good folders that our own writers made, or that stand in Fixtures.
extension HostileReader {
  /// A folder as the writer leaves it.
  static func files(_ write: (URL) throws -> Void) throws -> Files {
    let folder = try TemporaryFolder()
    try write(folder.url)
    return try files(in: folder.url)
  }

  static func files(in folder: URL, without left: Set<String> = []) throws -> Files {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    return try names.filter { !left.contains($0) }.reduce(into: [:]) {
      $0[$1] = try readBytes(folder.appending(path: $1))
    }
  }

  static let decoder = Decoder(BaseModelTests.configuration, seed: 1)

  /// Two tokens and one evaluation: what was read has to work.
  static func use(
    _ decoder: Decoder, _ adaptation: some Adaptation, _ head: Classifier? = nil,
    _ prompt: [Int] = [1, 2], ends: Set<Int> = []
  ) throws {
    let model = AdaptedDecoder(decoder, adaptation, head)
    let c = decoder.configuration
    let tokens = prompt.filter { $0 < c.vocabularySize }
    guard !tokens.isEmpty, tokens.count + 2 <= c.contextLength else { return }
    try checkRoom(tokens.count + 2, takenBy: decoder.takenContext, in: c)
    let example = TokenSequence(tokens: tokens + [0], promptLength: tokens.count)
    let result = model.evaluate([example], threads: 1)
    guard head == nil else { return }
    _ = try model.generate(after: tokens, ends: ends, maxTokens: 2)
    _ = try result.checked()
  }

  // MARK: The base

  static let base = Result<HostileReader, any Error> {
    let seeds = try [true, false].map { tied in
      try files { try BaseModelTests.base(tied: tied).write(to: $0) }
    }
    let generation = ["generation_config.json": Array(#"{"eos_token_id": [2, 3]}"#.utf8)]
    return HostileReader(name: "base", seeds: seeds + [seeds[0].merging(generation) { $1 }]) {
      let base = try BaseModel.read($0)
      let prompt = base.tokenizer.prompt("a")
      return { try use(base.decoder, Unadapted(), nil, prompt, ends: base.ends) }
    }
  }

  static let shards = Result<HostileReader, any Error> {
    let seeds = try WeightFilesTests.types.map {
      try files(in: fixture("sharded/\($0)"), without: ["expected.safetensors"])
    }
    return HostileReader(name: "shards", seeds: seeds) {
      let decoder = try BaseModel.readDecoder($0)
      return { try use(decoder, Unadapted()) }
    }
  }

  static let safetensors = Result<HostileReader, any Error> {
    let file = Safetensors(
      tensors: [
        "W": .matrix(.random(rows: 2, columns: 3, seed: 1)), "b": .vector(Tensor([[1, -2]])),
      ], metadata: ["format": "pt", "a": "b"])
    let half = "sharded/bfloat16/model-00001-of-00003.safetensors"
    let seeds = [
      try files { try file.write(to: $0.appending(path: "x.safetensors")) },
      ["x.safetensors": try readBytes(fixture(half))],
      ["x.safetensors": try readBytes(fixture("sharded/llama3.safetensors"))],
    ]
    return HostileReader(name: "safetensors", seeds: seeds) {
      let url = $0.appending(path: "x.safetensors")
      let (names, read) = (try Safetensors.names(in: url), try Safetensors.read(url))
      return {
        precondition(names.sorted() == read.tensors.keys.sorted())
        let folder = try TemporaryFolder()
        let copy = try folder.file("copy.safetensors")
        try read.write(to: copy)
        let again = try Safetensors.read(copy)
        precondition(again == read)
      }
    }
  }

  // MARK: The tokenizer

  static let tokenizer = Result<HostileReader, any Error> {
    let families = [
      "bytelevel-gpt2", "bytelevel-llama3", "sentencepiece", "sentencepiece-metaspace",
    ]
    let seeds = try families.map {
      try files(in: fixture("tokenizers/\($0)"), without: ["cases.json"])
    }
    let toy = try files { try Tokenizer.bytes.write(directory: $0) }
    let texts = [
      "", " ", "Hello, world 123", "<s>a</s>", "\u{0}\r\n\u{2028}", "e\u{301} é ▁ 👩\u{200D}👩",
      String(repeating: " ", count: 300), String(repeating: "a", count: 300) + "<0x0A>",
    ]
    return HostileReader(name: "tokenizer", seeds: seeds + [toy]) {
      let tokenizer = try Tokenizer.read(directory: $0)
      return {
        let ids = 0..<tokenizer.vocabularySize
        for text in texts {
          let tokens = tokenizer.prompt(text) + [tokenizer.endOfText]
          precondition(tokens.allSatisfy(ids.contains), "a token that the embedding has no row for")
          _ = (tokenizer.decode(tokens), tokenizer.decodeBytes(tokens + [-1, ids.upperBound]))
        }
      }
    }
  }

  // MARK: Text

  static let task = Result<HostileReader, any Error> {
    let world = ToyWorld(seed: 1)
    let completions = try ToyTask.allCases.map { task in
      try files {
        try JSONLines.write(
          Array(world.items(task, .test).prefix(4)), to: $0.appending(path: "test.jsonl"))
      }
    }
    let labelled = try files {
      try JSONLines.write(
        [LabelledText(text: "dull", label: "neg"), LabelledText(text: "fine", label: "pos")],
        to: $0.appending(path: "test.jsonl"))
    }
    return HostileReader(name: "task", seeds: completions + [labelled, labelled]) {
      let data = try TaskData(TaskPlace($0), split: .test, tokenizer: .bytes, contextLength: 4096)
      return {
        let example = data.examples[0]
        let head = data.labels.map { Classifier(width: 6, labelCount: $0.count, seed: 1) }
        // One short text is enough, and a pass over a long one takes long.
        guard example.tokens.count < 200 else { return }
        let result = AdaptedDecoder(decoder, Unadapted(), head).evaluate([example], threads: 1)
        precondition(result.count == 1)
      }
    }
  }
}

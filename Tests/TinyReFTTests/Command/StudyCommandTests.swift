import Testing

@testable import TinyReFT

@Suite("tinyreft study")
struct StudyCommandTests {
  @Test("what it cannot do is said before any work")
  func refusals() throws {
    let unknown = try tinyreft("study composing")
    #expect(unknown.exitCode == 64 && unknown.errors.contains("memorisation, composition or"))
    #expect(try tinyreft("study").errors.contains("Usage: tinyreft study memorisation|"))
    #expect(try tinyreft("study steering composition").exitCode == 64)
    #expect(try tinyreft("study memorisation --widths 6").exitCode == 64)
    let folder = try TemporaryFolder()
    let other = Decoder(
      DecoderConfiguration(
        vocabularySize: 259, hiddenSize: 4, layerCount: 1, headCount: 2, feedForwardSize: 4,
        contextLength: 64), seed: 1)
    try BaseModel(decoder: other, tokenizer: .bytes).write(to: folder.url)
    let short = try tinyreft(["study", "steering", "--base", folder.url.path])
    #expect(short.exitCode == 1 && short.errors.contains("does not read single bytes and 128"))
  }

  @Test("a base that has learned nothing is measured, beside one of another width")
  func memorisation() throws {
    let folder = try TemporaryFolder()
    try BaseModel(decoder: CompositionTests.small, tokenizer: .bytes).write(to: folder.url)
    let words = ["study", "memorisation", "--widths", "4", "--base", folder.url.path]
    let run = try tinyreft(words)
    #expect(run.exitCode == 0 && run.errors == "")
    #expect(run.output.contains("| decoder | width | kind | layer 0 |"))
    #expect(run.output.contains("| untrained | 4 | letters | "))
  }
}

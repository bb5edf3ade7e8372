import Testing

@testable import TinyReFT

@Suite("Batch (docs/26-decoder.md)")
struct BatchTests {
  @Test("by hand: two sequences, end to end")
  func workedExample() {
    let batch = Batch([
      TokenSequence(tokens: [5, 6, 7, 8], promptLength: 2),
      TokenSequence(tokens: [3, 9, 4], promptLength: 2),
    ])
    #expect(batch.tokens == [5, 6, 7, 8, 3, 9, 4])
    #expect(batch.sequences == [0..<4, 4..<7])
    // The first token of each prompt, and the one before its end; and each text's third.
    #expect(batch.rows { n in [0..<1, n - 1..<n] } == [0, 1, 4, 5])
    #expect(batch.rows { _ in [2..<3] } == [2, 6])
    #expect(batch.positions == [0, 1, 2, 3, 0, 1, 2])

    // The last prompt token, row 1, predicts 7, and row 2 predicts 8. Rows 3 and 6 predict nothing:
    // nothing is known to follow them.
    let targets = batch.targets.map { [$0.row, $0.token] }
    #expect(targets == [[1, 7], [2, 8], [5, 4]])
  }

  @Test("by hand: only some places are read, and every row still knows its own")
  func reading() {
    let batch = Batch(
      [
        TokenSequence(tokens: [5, 6, 7, 8], promptLength: 2),
        TokenSequence(tokens: [3, 9, 4, 2, 1], promptLength: 3),
      ], reading: [1..<3, 2..<4])
    #expect(batch.tokens == [6, 7, 4, 2])
    #expect(batch.positions == [1, 2, 2, 3])
    #expect(batch.sequences == [0..<2, 2..<4])
    // Of all places of the prompts, place 1 of the first and place 2 of the second.
    #expect(batch.rows { n in [0..<n] } == [0, 2])
    #expect(batch.rows { _ in [0..<Int.max] } == [0, 1, 2, 3])
    #expect(batch.rows { _ in [0..<1] } == [])
    #expect(batch.targets.map { [$0.row, $0.token] } == [[0, 7], [1, 8], [2, 2], [3, 1]])
  }

  @Test("a prompt without a completion has no targets")
  func promptAlone() {
    let batch = Batch([TokenSequence(tokens: [5, 6], promptLength: 2)])
    #expect(batch.targets.isEmpty)
    #expect(batch.rows { n in [0..<n] } == [0, 1])
  }

  @Test("no sequences, no rows")
  func empty() {
    #expect(Batch([]).tokens.isEmpty && Batch([]).positions.isEmpty)
  }

  @Test("a prompt longer than its sequence traps")
  func longPrompt() async {
    await #expect(processExitsWith: .failure) {
      _ = TokenSequence(tokens: [1, 2], promptLength: 3)
    }
  }

  @Test("an empty prompt traps: nothing would predict the first token")
  func emptyPrompt() async {
    await #expect(processExitsWith: .failure) {
      _ = TokenSequence(tokens: [1, 2], promptLength: 0)
    }
  }
}

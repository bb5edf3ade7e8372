import Testing

@testable import TinyReFT

@Suite("Composition (docs/73-studies.md)")
struct CompositionTests {
  private var study: Composition {
    var study = Composition()
    (study.rank, study.epochs) = (4, 1)
    return study
  }

  private func text(_ behaviour: Composition.Behaviour, _ partner: Composition.Partner) -> String {
    let example = study.examples(behaviour, partner, .train)[0]
    return Tokenizer.bytes.decode(Array(example.tokens.dropFirst().dropLast()))
  }

  @Test("what is wanted: the first word of train is towemp")
  func wanted() {
    #expect(text(.first, .skill(.mirror)) == "do towemp -> TOWEMP")
    #expect(text(.second, .skill(.mirror)) == "do towemp -> pmewot")
    #expect(text(.composed, .skill(.mirror)) == "do towemp -> PMEWOT")
    #expect(text(.second, .task(.quiz)).hasPrefix("quiz "))
    #expect(study.examples(.composed, .task(.quiz), .dev).count == 512)
    #expect(Composition.partners.map(\.name).sorted().count == 7)
  }

  /// A decoder that has learned nothing, for a run that takes no time.
  static let small = Decoder(
    DecoderConfiguration(
      vocabularySize: 259, hiddenSize: 4, layerCount: 1, headCount: 2, feedForwardSize: 4,
      contextLength: 128), seed: 1)

  @Test("a run tells all nine accuracies, of the layer that was best")
  func run() throws {
    let results = try study.run(Self.small, with: .skill(.first))
    #expect(results.map(\.wanted) == [.first, .second, .composed])
    #expect(results.allSatisfy { $0.layer == 0 && $0.skills == "loud, first" })
    #expect(results.allSatisfy { $0.accuracies.count == 3 })
    #expect(results.map { $0.trainedOnIt == nil } == [true, true, false])
    let lines = Composition.table(results).lines
    #expect(
      lines[0].joined(separator: ",")
        == "skills,layer,wanted,first half,second half,both,trained on it")
    #expect(lines[1].prefix(3) == ["loud, first", "0", "first"] && lines[1][6] == "")
    #expect(lines[3][6] == threeDigits(results[2].trainedOnIt ?? .nan))
  }
}

import Testing

@testable import TinyReFT

@Suite("Steering (docs/73-studies.md)")
struct SteeringTests {
  private let base = CompositionTests.small

  @Test("by hand: twice [1, −1, 0, 3] is added at P, and nowhere else")
  func addition() {
    let steered = Steering.addition(
      of: Tensor([[1, -1, 0, 3]]), factor: 2, layer: 0, .ends(prefix: 0, suffix: 1))
    let batch = Batch([TokenSequence(tokens: [1, 2, 3, 4], promptLength: 2)])
    let h = Tensor.random(rows: 4, columns: 4, seed: 1)
    let edited = steered.forward(h, afterBlock: 0, of: batch).h
    expectClose(edited - h, [0, 0, 0, 0, 2, -2, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test("the direction leads from the mean of the bare prompts to the mean of the named ones")
  func directions() {
    let study = Steering(.loud)
    let (named, bare) = (study.examples(.train, isNamed: true), study.examples(.train))
    let text = Tokenizer.bytes.decode(Array(named[0].tokens.dropFirst().dropLast()))
    #expect(text == "loud towemp -> TOWEMP")
    func last(_ example: TokenSequence) -> Tensor {
      let prompt = TokenSequence(
        tokens: Array(example.tokens[..<example.promptLength]), promptLength: example.promptLength)
      let hidden = AdaptedDecoder(base, Unadapted()).forward(Batch([prompt])).cache.hidden
      return hidden[1].gathered(rows: [example.promptLength - 1])
    }
    var expected = Tensor(repeating: 0, columns: 4)
    for (one, other) in zip(named, bare) {
      expected.add(last(one) - last(other), scaledBy: 1 / Scalar(named.count))
    }
    let directions = study.directions(in: base)
    #expect(directions.count == 1)
    expectClose(directions[0], expected, tolerance: 1000 * Scalar.ulpOfOne)
  }

  @Test("of equals the first is taken; a decoder that has learned nothing is right about nothing")
  func run() throws {
    let result = try Steering(.mirror).run(base)
    #expect(result.layer == 0 && result.positions == "l1" && result.factor == 0.25)
    #expect(result.baseAccuracy == 0 && result.namedAccuracy == 0)
    let lines = Steering.table([result]).lines
    #expect(
      lines[0].joined(separator: ",")
        == "skill,layer,positions,c,base,steered,LoReFT there,named")
    #expect(lines[1].prefix(5) == ["mirror", "0", "l1", "0.250", "0"])
  }

  @Test(.disabled("exercise 73.1: steer away from a skill too, with factors below zero"))
  func exercise() { #expect(Steering.factors.contains(-1)) }
}

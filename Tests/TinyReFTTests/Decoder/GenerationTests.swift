import Foundation
import Synchronization
import Testing

@testable import TinyReFT

@Suite("Generation (docs/28-generation.md)")
struct GenerationTests {
  /// A decoder that counts: token t is embedded as the unit vector t, blocks write nothing, and the
  /// head answers unit vector t with token t + 1 (6 tokens; 0 follows 5).
  static func counting(contextLength: Int = 32) -> Decoder {
    let c = DecoderConfiguration(
      vocabularySize: 6, hiddenSize: 6, layerCount: 2, headCount: 3, keyValueHeadCount: 1,
      headWidth: 2, feedForwardSize: 4, contextLength: contextLength, tiesEmbeddings: false)
    var decoder = Decoder(c, seed: 1)
    for l in decoder.blocks.indices {
      decoder.blocks[l].attention.output.weight = Tensor(repeating: 0, rows: 6, columns: 6)
      decoder.blocks[l].feedForward.down.weight = Tensor(repeating: 0, rows: 6, columns: 4)
    }
    decoder.embedding.weight = Tensor((0..<6).map(unit))
    decoder.head = Embedding(weight: Tensor((0..<6).map { unit(($0 + 5) % 6) }))
    return decoder
  }

  static func unit(_ t: Int) -> [Scalar] { (0..<6).map { $0 == t ? 1 : 0 } }

  let counter = AdaptedDecoder(Self.counting(), Unadapted())

  @Test("by hand: a decoder that counts is stopped by the end token, a limit or the listener")
  func workedExample() throws {
    #expect(try counter.generate(after: [0, 1], ends: [5], maxTokens: 10) == [2, 3, 4])
    #expect(try counter.generate(after: [0, 1], ends: [5], maxTokens: 2) == [2, 3])
    #expect(try counter.generate(after: [4], ends: [5], maxTokens: 10) == [])
    #expect(try counter.generate(after: [1], ends: [0], maxTokens: 10) { $0 < 3 } == [2, 3])
  }

  @Test("cached logits are those of the whole sequence at once, bit for bit", arguments: [1, 4])
  func cachedEqualsUncached(promptLength: Int) {
    let model = DecoderTests.model()
    let tokens = [3, 1, 4, 1, 5, 9, 2, 6]
    var text = Reading(Array(tokens[..<promptLength]), by: model)
    var cached = text.logits(of: model)
    for token in tokens[promptLength...] {
      text.append(token)
      cached.append(text.logits(of: model))
    }

    // One more token makes the last of these a row that has a target, and so has logits.
    let sequence = TokenSequence(tokens: tokens + [0], promptLength: promptLength)
    #expect(cached == model.forward(Batch([sequence])).logits)

    // The interventions matter to this: without them the logits are others.
    let base = AdaptedDecoder(model.decoder, Unadapted())
    #expect(cached != base.forward(Batch([sequence])).logits)
  }

  @Test("interventions cost nothing after the prompt: no Φ is asked about a generated token")
  func edits() {
    // A prompt of three tokens, and the one row of the token behind it.
    let text = TokenSequence(tokens: [1, 2, 3, 4, 5], promptLength: 3)
    let generated = Batch([text], reading: [3..<4])
    let h = Tensor.random(rows: 1, columns: 6, seed: 1)
    for (positions, isEdited) in [
      (Positions.all, false), (.ends(prefix: 1, suffix: 2), false),
      (.every, true),
    ] {
      let reft = ReFT<LoReFT>(
        rank: 1, width: 6, layers: [0], positions: positions, sharing: .side, start: .random,
        seed: 1)
      let (edited, cache) = reft.forward(h, afterBlock: 0, of: generated)
      #expect((edited != h) == isEdited, "\(positions)")
      #expect(cache.allSatisfy { ($0 != nil) == isEdited }, "\(positions)")
    }
  }

  @Test("the same text on any number of threads, and any of several ends")
  func threadsAndEnds() throws {
    // 300 · 300 numbers in a projection: enough to be shared out.
    let c = DecoderConfiguration(
      vocabularySize: 300, hiddenSize: 300, layerCount: 1, headCount: 2, keyValueHeadCount: 1,
      headWidth: 150, feedForwardSize: 300, contextLength: 32)
    let model = AdaptedDecoder(Decoder(c, seed: 1), Unadapted())
    let prompts = [[7], Array(0..<9)]
    for prompt in prompts {
      let one = try model.generate(after: prompt, ends: [], maxTokens: 5)
      for threads in [2, 3, 8] {
        let text = try model.generate(after: prompt, ends: [], maxTokens: 5, threads: threads)
        #expect(text == one)
      }
    }
    #expect(try counter.generate(after: [0], ends: [4, 3], maxTokens: 10) == [1, 2])
  }

  @Test("the prompt is edited once and what is generated never")
  func promptOnly() throws {
    // After the last block the prompt's rows become, all but exactly, unit vector 4: the next token
    // is 5. That one is read as it is, and counting goes on from it.
    let edit = AddAfterBlock(layer: 1, vector: 100 * Tensor([Self.unit(4)]))
    let model = AdaptedDecoder(Self.counting(), edit)
    #expect(try model.generate(after: [0, 1, 2], ends: [], maxTokens: 4) == [5, 0, 1, 2])
    // After block 0 three rows, after block 1 the one that is asked for; then no more.
    let edited = edit.log.calls.withLock { $0 }.filter { $0[1] > 0 }
    #expect(edited == [[0, 3], [1, 1]])
  }

  @Test("the likeliest token is the largest logit, and of two equal ones the first")
  func likeliest() {
    #expect(Tensor([[-7, -2, -3, -2]]).likeliest == 1)
  }

  @Test("one impossible token is fine; NaN, +∞ or nothing but −∞ are nothing to choose by")
  func notFinite() throws {
    #expect(Tensor([[-.infinity, 2, -.infinity]]).likeliest == 1)
    for logits: [Scalar] in [
      [1, .nan, 2], [.nan, .nan], [.infinity, 0], [.infinity, .infinity],
      [-.infinity, -.infinity], [],
    ] { #expect(Tensor([logits]).likeliest == nil, "\(logits)") }
    var model = counter
    model.decoder.embedding.weight[3, 0] = .nan
    // Up to token 3 all is well; what was written before it is read is handed over.
    var written: [Int] = []
    #expect(throws: NotFinite(what: "a logit")) {
      try model.generate(after: [1], ends: [], maxTokens: 9) {
        written.append($0)
        return true
      }
    }
    #expect(written == [2, 3])
  }

  @Test("the context's length counts prompt and completion")
  func contextLimit() throws {
    let counter = AdaptedDecoder(Self.counting(contextLength: 5), Unadapted())
    #expect(try counter.generate(after: [0, 1, 2], ends: [], maxTokens: 10) == [3, 4])
    #expect(try counter.generate(after: [0, 1, 2, 3, 4], ends: [], maxTokens: 10) == [])
    #expect(try counter.generate(after: [0, 1, 2, 3, 4, 5], ends: [], maxTokens: 10) == [])
  }

  @Test("nothing follows an empty prompt, and no tokens are none")
  func nothingAsked() throws {
    #expect(try counter.generate(after: [], ends: [], maxTokens: 10) == [])
    #expect(try counter.generate(after: [1], ends: [], maxTokens: 0) == [])
  }

  @Test("several tokens may be read at once, behind others")
  func several() {
    let model = DecoderTests.model()
    var (one, both) = (Reading([3, 1], by: model), Reading([3, 1], by: model))
    for token in [4, 5] {
      one.append(token)
      both.append(token)
      _ = one.logits(of: model)
    }
    one.append(9)
    both.append(9)
    #expect(one.logits(of: model) == both.logits(of: model))
  }
}

import Testing

@testable import TinyReFT

/// Decoder, interventions and head as one, against PyTorch and against themselves.
@Suite("Classification (docs/37-classification.md)")
struct ClassificationTests {
  private let folder = fixture("classifier")
  private let model: AdaptedDecoder<ReFT<LoReFT>>
  private let examples: [TokenSequence]

  init() throws {
    let decoder = try BaseModel.readDecoder(fixture("decoders/grouped"))
    let reft = try InterventionsDirectory.read(
      fixture("decoders/grouped/loreft-side-f2+l3"), for: decoder.configuration)
    let (head, labels) = try #require(try ClassifierDirectory.read(folder, width: 20))
    #expect(labels == ["bird", "fish", "tool"])
    model = AdaptedDecoder(decoder, try #require(reft.adaptation as? ReFT<LoReFT>), head)
    let step = try Safetensors.read(folder.appending(path: "step.safetensors"))
    let numbers = try #require(step.metadata["labels"]).split(separator: ",")
    let texts = try #require(step.metadata["examples"]).split(separator: ";")
    examples = zip(texts, numbers).map { text, label in
      let prompt = text.split(separator: ",").compactMap { Int($0) }
      return TokenSequence(tokens: prompt + [Int(label) ?? -1], promptLength: prompt.count)
    }
  }

  @Test("on five rows the head is transformers' RobertaClassificationHead, forward and backward")
  func rows() throws {
    let theirs = try Safetensors.read(folder.appending(path: "head.safetensors"))
    func tensor(_ name: String) throws -> Tensor { try #require(theirs.tensors[name]).tensor }
    let head = try #require(model.classifier)
    let (logits, cache) = try head.forward(tensor("h"))
    var gradient = head.zeroed
    let dh = try head.backward(tensor("dlogits"), cache, into: &gradient)
    var ours = Safetensors(gradient).tensors.map { ("grad.\($0)", $1.tensor) }
    ours += [("logits", logits), ("dh", dh)]
    #expect(ours.count == theirs.tensors.count - 2)
    for (name, ours) in ours { try expectClose(ours, theirs, name) }
  }

  @Test("logits, loss and every gradient of a whole step are PyTorch's")
  func step() throws {
    let theirs = try Safetensors.read(folder.appending(path: "step.safetensors"))
    let (loss, gradient) = model.lossAndGradient(
      of: examples, zero: model.adaptationOnly, threads: 1)
    try expectClose(Tensor([[Scalar(loss)]]), theirs, "loss")
    try expectClose(model.forward(Batch(examples)).logits, theirs, "logits")
    // Ours has one gradient for R and calls it A, where it is free to move.
    let ours = gradient.parameters.filter { !$0.tensor.isEmpty }
    #expect(ours.count == theirs.tensors.count - 2)
    for (name, tensor) in ours {
      try expectClose(tensor, theirs, "grad.\(name)")
    }
  }

  private func expectClose(
    _ ours: Tensor, _ file: Safetensors, _ name: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let theirs = try #require(file.tensors[name], "\(name)", sourceLocation: sourceLocation).tensor
    let difference = ours - theirs
    // After the last block no label depends on the prefix's edits: both gradients are then zero.
    let size = max(theirs.dot(theirs), .leastNormalMagnitude)
    let error = (difference.dot(difference) / size).squareRoot()
    #expect(error < TraceTests.tolerance, "\(name): \(error)", sourceLocation: sourceLocation)
  }

  @Test("what is saved, and how many threads compute, changes no bit")
  func sameBits() {
    let plain = model.lossAndGradient(of: examples, zero: model.adaptationOnly, threads: 1)
    for (savings, threads) in [(Savings(), 3), (.all, 1), (.all, 3)] {
      var base = FrozenBase(savings)
      base.keep(examples, of: model, threads: threads)
      let other = model.lossAndGradient(
        of: examples, zero: model.adaptationOnly, threads: threads, base: base)
      #expect(other.loss == plain.loss)
      #expect(other.gradient.parameters.map(\.tensor) == plain.gradient.parameters.map(\.tensor))
    }
  }

  @Test("training moves interventions and head and lowers the loss; the base keeps every bit")
  func learns() throws {
    var job = Finetuning(
      base: model.decoder, model.adaptation, classifier: model.classifier,
      options: TrainingOptions())
    try job.run(on: examples) { _ in true }
    #expect(try #require(job.record.losses.last) < 0.5 * job.record.losses[0])
    #expect(job.model.classifier?.dense != model.classifier?.dense)
    #expect(
      zip(job.model.decoder.parameters, model.decoder.parameters).allSatisfy { $0 == $1 })
    #expect(job.lossCurve(of: "").svg.contains("nats per label"))
  }

  @Test("accuracy counts the labels that `label(of:)` gives, whatever number a label has")
  func accuracy() throws {
    let right = try examples.count {
      try model.label(of: $0.tokens.dropLast().map(\.self)) == $0.tokens.last
    }
    #expect(model.evaluate(examples, threads: 2).accuracy == Double(right) / 3)
    // The number of a label is no token: this one is beyond the vocabulary of 31, and is not read.
    var wide = model
    wide.classifier = Classifier(width: 20, labelCount: 40)
    let example = TokenSequence(tokens: [1, 2, 3, 39], promptLength: 3)
    #expect(wide.evaluate([example], threads: 1).accuracy == 0)
  }
}

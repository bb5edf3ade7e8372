/// A decoder and what adapts it: the unit that is trained, evaluated and asked to write.
///
/// Which of the two learns is not said here. It is said by the gradient that is handed to
/// `backward`: `decoder.frozen` has no room for gradients, so none are computed.
///
///     forward    see Decoder
///     backward   dh = unembedᵀ(dlogits);  for l = L−1 … 0:  dh = Blockˡᵀ(editˡᵀ(dh));  dE += dh
///
///     shapes     h, dh: [T, d]     logits: [targets, V]
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 3.3, eq. 7
///     differs    nothing
public struct AdaptedDecoder<A: Adaptation>: Parameterized {
  public var decoder: Decoder
  public var adaptation: A

  /// What reads the last hidden states in place of the unembedding; nil for a language model.
  public var classifier: Classifier?

  /// The decoder's own tensors that learn beside the adaptation, by their names in its walk, and what
  /// files call them: none in ReFT.
  public var learned: [String: String]

  public init(
    _ decoder: Decoder, _ adaptation: A, _ classifier: Classifier? = nil,
    learned: [String: String] = [:]
  ) {
    (self.decoder, self.adaptation) = (decoder, adaptation)
    (self.classifier, self.learned) = (classifier, learned)
  }

  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try decoder.walk(path, visit)
    try adaptation.walk(path, visit)
    try classifier?.walk(path + "classifier.", visit)
  }

  /// Only what was added learns: the gradient to start from when the base is frozen.
  public var adaptationOnly: AdaptedDecoder {
    var gradient = self
    (gradient.adaptation, gradient.classifier) = (adaptation.zeroed, classifier?.zeroed)
    gradient.decoder.walk("") { name, weight in
      weight = learned[name] == nil ? .none : .zeros(like: weight)
    }
    return gradient
  }

  /// Of a gradient: whether it has room for the base's own weights.
  var learnsBase: Bool {
    decoder.parameters.contains { Decoder.isOwn($0.name) && !$0.tensor.isEmpty }
  }

  public struct Cache: Sendable {
    let pass: Pass
    /// What each block that runs reads, hˡ after block l − 1 and its edit; at last what the loss does.
    public let hidden: [Tensor]
    var blocks: [Block.Cache]
    /// After each block; where the first block does not run, after the one before the first that does.
    var edits: [A.Cache]
    let normed: Tensor
    let norm: RMSNorm.Cache
    let classifier: Classifier.Cache?
  }

  /// The logits at the batch's target rows: what nothing is compared with is not computed.
  public func forward(_ batch: Batch) -> (logits: Tensor, cache: Cache) { forward(Pass(batch)) }

  /// The logits at the target rows of `pass.last`.
  public func forward(_ pass: Pass) -> (logits: Tensor, cache: Cache) {
    let count = decoder.blocks.count
    let turns = decoder.turns(at: pass.batch.positions)
    var (blocks, edits): ([Block.Cache], [A.Cache]) = ([], [])
    func edited(_ h: consuming Tensor, afterBlock l: Int) -> Tensor {
      let (h, cache) = adaptation.forward(h, afterBlock: l, of: pass.batch(after: l, of: count))
      edits.append(cache)
      return h
    }
    var hidden =
      if let kept = pass.kept {
        [edited(Tensor(stacking: kept.map(\.hidden)), afterBlock: pass.firstBlock - 1)]
      } else {
        [decoder.embedding.embed(pass.batch.tokens)]
      }
    for l in pass.firstBlock..<count {
      let rows = pass.rows(of: l, of: count, turns, prefix: decoder.prefix?[block: l])
      let (made, cache) = decoder.blocks[l].forward(hidden[l - pass.firstBlock], rows)
      hidden.append(edited(made, afterBlock: l))
      blocks.append(cache)
    }
    let rows = pass.last.targets.map(\.row)
    let (normed, norm) = decoder.norm.forward(hidden[hidden.count - 1].gathered(rows: rows))
    let labels = classifier?.forward(normed)
    let cache = Cache(
      pass: pass, hidden: hidden, blocks: blocks, edits: edits, normed: normed, norm: norm,
      classifier: labels?.cache)
    return (labels?.logits ?? decoder.unembed(normed), cache)
  }

  /// Adds the gradients of the decoder and of the adaptation to `gradient`, where it has room. What a
  /// block has kept is let go once it was used.
  public func backward(
    _ dlogits: Tensor, _ cache: consuming Cache, into gradient: inout AdaptedDecoder
  ) {
    let pass = cache.pass
    let dNormed: Tensor
    if let classifier, let labels = cache.classifier {
      var dHead = gradient.classifier.take() ?? classifier.frozen
      dNormed = classifier.backward(dlogits, labels, into: &dHead)
      gradient.classifier = dHead
    } else {
      dNormed = decoder.unembedBackward(dlogits, cache.normed, into: &gradient.decoder)
    }
    let dTargets = decoder.norm.backward(dNormed, cache.norm, into: &gradient.decoder.norm)
    // Rows without a target hear nothing from the loss directly.
    var dh = Tensor.zeros(like: cache.hidden[cache.hidden.count - 1])
    dh.scatterAdd(dTargets, rows: pass.last.targets.map(\.row))
    let lowest = max(pass.firstBlock, pass.lowestBackward)
    for l in decoder.blocks.indices.reversed() {
      guard let edit = cache.edits.popLast() else { return }
      dh = adaptation.backward(consume dh, edit, afterBlock: l, into: &gradient.adaptation)
      guard l >= lowest, let kept = cache.blocks.popLast() else { return }
      let (dx, dPrefix) = decoder.blocks[l].backward(dh, kept, into: &gradient.decoder.blocks[l])
      if let dPrefix { gradient.decoder.prefix?.add(dPrefix, block: l) }
      dh = dx
    }
    decoder.embedding.embedBackward(dh, pass.batch.tokens, into: &gradient.decoder.embedding)
  }
}

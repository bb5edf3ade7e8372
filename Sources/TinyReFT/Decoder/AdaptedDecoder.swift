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

  public init(_ decoder: Decoder, _ adaptation: A, _ classifier: Classifier? = nil) {
    self.decoder = decoder
    self.adaptation = adaptation
    self.classifier = classifier
  }

  public mutating func walk(_ path: String, _ visit: TensorVisitor) rethrows {
    try decoder.walk(path, visit)
    try adaptation.walk(path, visit)
    try classifier?.walk(path + "classifier.", visit)
  }

  /// Only what was added learns, and the weights that the adaptation names: the gradient to start from
  /// when the rest of the base is frozen.
  public var adaptationOnly: AdaptedDecoder {
    var gradient = AdaptedDecoder(decoder, adaptation.zeroed, classifier?.zeroed)
    gradient.decoder.walk("") { name, weight in
      weight = adaptation.learns(name) ? .zeros(like: weight) : .none
    }
    return gradient
  }

  public struct Cache: Sendable {
    let pass: Pass
    /// What each block that runs reads, hˡ after block l − 1 and its edit; at last what the loss does.
    public let hidden: [Tensor]
    var blocks: [Block.Cache]
    /// After each block, and before the first that ran.
    var edits: [A.Cache]
    /// Inside each block.
    var inside: [[BlockMap: A.Inside.Cache]]
    let normed: Tensor
    let norm: RMSNorm.Cache
    let classifier: Classifier.Cache?
  }

  /// The logits at the batch's target rows: what nothing is compared with is not computed.
  public func forward(_ batch: Batch) -> (logits: Tensor, cache: Cache) { forward(Pass(batch)) }

  /// The logits at the target rows of `pass.last`.
  public func forward(_ pass: Pass) -> (logits: Tensor, cache: Cache) {
    let count = decoder.blocks.count
    let turns = turns(at: pass.batch.positions)
    var (blocks, edits): ([Block.Cache], [A.Cache]) = ([], [])
    var caches: [[BlockMap: A.Inside.Cache]] = []
    func edited(_ h: consuming Tensor, afterBlock l: Int) -> Tensor {
      let (h, cache) = adaptation.forward(h, afterBlock: l, of: pass.batch(after: l, of: count))
      edits.append(cache)
      return h
    }
    func embedded(_ tokens: [Int]) -> Tensor {
      let h = decoder.embedding.embed(tokens)
      return adaptation.softTokenCount > 0 ? edited(h, afterBlock: -1) : h
    }
    var hidden =
      if let kept = pass.kept {
        [edited(Tensor(stacking: kept.map(\.hidden)), afterBlock: pass.firstBlock - 1)]
      } else {
        [embedded(pass.batch.tokens)]
      }
    for l in pass.firstBlock..<count {
      let inside = adaptation[insideBlock: l]
      let rows = pass.rows(of: l, of: count, turns, prefix: inside?.prefix)
      let insideEdits = inside.map { BlockEdits($0, gradient: $0) }
      let (made, cache) = decoder.blocks[l].forward(
        hidden[l - pass.firstBlock], rows, insideEdits)
      hidden.append(edited(made, afterBlock: l))
      blocks.append(cache)
      caches.append(insideEdits?.caches ?? [:])
    }
    let rows = pass.last.targets.map(\.row)
    let (normed, norm) = decoder.norm.forward(hidden[hidden.count - 1].gathered(rows: rows))
    let labels = classifier?.forward(normed)
    let cache = Cache(
      pass: pass, hidden: hidden, blocks: blocks, edits: edits, inside: caches, normed: normed,
      norm: norm, classifier: labels?.cache)
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
      let edits = insideEdits(ofBlock: l, cache.inside.popLast() ?? [:], &gradient.adaptation)
      dh = decoder.blocks[l].backward(dh, kept, edits, into: &gradient.decoder.blocks[l])
      if let edits { gradient.adaptation[insideBlock: l] = edits.gradient }
    }
    if let edit = cache.edits.popLast() {
      dh = adaptation.backward(consume dh, edit, afterBlock: -1, into: &gradient.adaptation)
    }
    decoder.embedding.embedBackward(dh, pass.batch.tokens, into: &gradient.decoder.embedding)
  }

  /// What adapts the inside of a block going backward: the gradient is taken out, so that it has one
  /// owner and adding does not copy it.
  private func insideEdits(
    ofBlock l: Int, _ caches: [BlockMap: A.Inside.Cache], _ gradient: inout A
  ) -> BlockEdits<A.Inside>? {
    guard let inside = adaptation[insideBlock: l], let own = gradient[insideBlock: l] else {
      return nil
    }
    gradient[insideBlock: l] = inside
    return BlockEdits(inside, caches: caches, gradient: own)
  }

  /// The turns at these positions of the text, which begins behind a prefix.
  func turns(at positions: [Int]) -> RotaryEmbedding.Turns {
    decoder.turns(at: positions.map { $0 + adaptation.prefixLength })
  }

  /// How many places of the context the adaptation needs for itself.
  public var takenContext: Int { adaptation.prefixLength + adaptation.softTokenCount }

  /// The example as the decoder sees it: with places in front that are not read from the vocabulary.
  /// Any token may stand there, because the adaptation replaces its embedding.
  public func placed(_ example: TokenSequence) -> TokenSequence {
    let count = adaptation.softTokenCount
    guard count > 0 else { return example }
    return TokenSequence(
      tokens: Array(repeating: 0, count: count) + example.tokens,
      promptLength: count + example.promptLength)
  }
}

/// What may be added to a decoder between its blocks, and learns.
///
/// The decoder knows this protocol and nothing of who conforms to it. `ReFT` is the conformance that
/// this repository is about.
///
///     forward    hˡ⁺¹ = edit(Blockˡ(hˡ))
///     backward   from ∂loss/∂hˡ⁺¹ to ∂loss/∂Blockˡ(hˡ)
///
///     shapes     h, dh: [T, d], all the rows of a batch
///     units      layers and tokens count from 0
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 3.3, eq. 7
public protocol Adaptation: Parameterized {
  /// What `backward` needs of one block's edit.
  associatedtype Cache: Sendable

  /// The hidden states that block `layer` made, as the next block is to see them.
  func forward(
    _ h: consuming Tensor, afterBlock layer: Int, of batch: Batch
  ) -> (h: Tensor, cache: Cache)

  /// From ∂loss/∂(edited h) to ∂loss/∂(h as the block made it); adds its own to `gradient`.
  func backward(
    _ dh: consuming Tensor, _ cache: Cache, afterBlock layer: Int, into gradient: inout Self
  ) -> Tensor

  /// After which block, and at which token of a prompt of n tokens, the first edit is: below and before
  /// it nothing changes, whatever is learned, and `FrozenBase` leaves that out. The block is the same for
  /// every prompt. nil where nothing is edited at all.
  func firstEdit(ofPrompt n: Int) -> (block: Int, token: Int)?
}

/// A decoder and what adapts it: the unit that is trained, evaluated and asked to write.
///
/// Which of the two learns is not said here. It is said by the gradient that is handed to
/// `backward`: `decoder.frozen` has no room for gradients, so none of its weights gets one. dh passes
/// through frozen blocks all the same.
///
///     forward    h = embed(tokens);  for l = 0 … L−1:  h = editˡ(Blockˡ(h));  logits = unembed(RMSNorm(h))
///     backward   dh = RMSNormᵀ(unembedᵀ(dlogits)), at the rows of the targets, and zero elsewhere;
///                for l = L−1 … 0:  dh = editˡᵀ(dh);  dh = Blockˡᵀ(dh);  then dE += dh.  Where a pass
///                has a `lowest` block, it ends behind that block's edit
///
///     shapes     h, dh: [T, d]     logits: [targets, V]
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 3.3, eq. 7
public struct AdaptedDecoder<A: Adaptation>: Parameterized {
  public var decoder: Decoder
  public var adaptation: A

  /// What reads the last hidden states in place of the unembedding (eq. 5); nil for a language model.
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

  public struct Cache: Sendable {
    let pass: Pass
    /// What each block that runs reads, hˡ; and, last, hᴸ. For those who look at them: `trace`, the probe.
    let hidden: [Tensor]
    var blocks: [Block.Cache]
    /// After each of these blocks; one more in front where the pass begins with a known block's edit.
    var edits: [A.Cache]
    let normed: Tensor
    let norm: RMSNorm.Cache
    let classifier: Classifier.Cache?
  }

  /// The logits at the batch's target rows; the others get none.
  func forward(_ batch: Batch) -> (logits: Tensor, cache: Cache) {
    var past = decoder.past(sequences: batch.sequences.count)
    return forward(Pass(batch), after: &past)
  }

  /// The logits at the target rows of `pass.last`, where `past` has, for each block, the keys and values
  /// of the tokens before those of the batch; and then of those, too.
  func forward(
    _ pass: Pass, after past: inout [Past]
  ) -> (logits: Tensor, cache: Cache) {
    let (batch, count) = (pass.batch, decoder.blocks.count)
    let all = Rows(batch.sequences, turns: decoder.turns(at: batch.positions))
    let last = Rows(all, making: pass.last.sequences)
    var (blocks, edits) = ([Block.Cache](), [A.Cache]())
    func edited(_ h: consuming Tensor, afterBlock l: Int) -> Tensor {
      let rows = l == count - 1 ? pass.last : batch
      let (h, cache) = adaptation.forward(h, afterBlock: l, of: rows)
      edits.append(cache)
      return h
    }
    var hidden = [
      pass.known.map { edited($0.h, afterBlock: $0.block) } ?? decoder.embedding.embed(batch.tokens)
    ]
    for l in pass.firstBlock..<count {
      let (made, cache) = decoder.blocks[l].forward(
        hidden[hidden.count - 1], l == count - 1 ? last : all, after: &past[l])
      blocks.append(cache)
      hidden.append(edited(made, afterBlock: l))
    }
    let targets = pass.last.targets.map(\.row)
    let (normed, norm) = decoder.norm.forward(hidden[hidden.count - 1].gathered(rows: targets))
    let labels = classifier?.forward(normed)
    let cache = Cache(
      pass: pass, hidden: hidden, blocks: blocks, edits: edits, normed: normed, norm: norm,
      classifier: labels?.cache)
    return (labels?.logits ?? decoder.unembed(normed), cache)
  }

  /// Adds the gradients of the decoder and of the adaptation to `gradient`, where it has room. What a
  /// block has kept is let go once it was used.
  func backward(
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
    // Rows without a target have no gradient from the loss directly.
    var dh = Tensor.zeros(like: cache.hidden[cache.hidden.count - 1])
    dh.scatterAdd(dTargets, rows: pass.last.targets.map(\.row))
    for l in decoder.blocks.indices.reversed() {
      guard let edit = cache.edits.popLast() else { return }
      dh = adaptation.backward(consume dh, edit, afterBlock: l, into: &gradient.adaptation)
      guard l > pass.lowest, let kept = cache.blocks.popLast() else { return }
      let (dx, dPast) = decoder.blocks[l].backward(dh, kept, into: &gradient.decoder.blocks[l])
      gradient.decoder.prefix?.add(dPast, block: l)
      dh = dx
    }
    decoder.embedding.embedBackward(dh, pass.batch.tokens, into: &gradient.decoder.embedding)
  }
}

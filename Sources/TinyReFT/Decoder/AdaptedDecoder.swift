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
///     read       docs/26-decoder.md
///     check      Tests/TinyReFTTests/Decoder/DecoderTests.swift
public struct AdaptedDecoder<A: Adaptation>: Parameterized {
  public var decoder: Decoder
  public var adaptation: A

  public init(_ decoder: Decoder, _ adaptation: A) {
    self.decoder = decoder
    self.adaptation = adaptation
  }

  public mutating func walk(
    _ path: String, _ visit: (String, inout Tensor) throws -> Void
  ) rethrows {
    try decoder.walk(path, visit)
    try adaptation.walk(path, visit)
  }

  /// Only the adaptation learns: the gradient to start from when the base is frozen.
  public var adaptationOnly: AdaptedDecoder { AdaptedDecoder(decoder.frozen, adaptation.zeroed) }

  public struct Cache: Sendable {
    let batch: Batch
    /// hˡ after block l − 1 and its edit; the first are the embeddings.
    public let hidden: [Tensor]
    let blocks: [Block.Cache]
    let edits: [A.Cache]
    let normed: Tensor
    let norm: RMSNorm.Cache
  }

  /// The logits at the batch's target rows: what nothing is compared with is not computed.
  public func forward(_ batch: Batch) -> (logits: Tensor, cache: Cache) {
    let turns = decoder.turns(at: batch.positions)
    var hidden = [decoder.embedding.embed(batch.tokens)]
    var (blocks, edits): ([Block.Cache], [A.Cache]) = ([], [])
    for (l, block) in decoder.blocks.enumerated() {
      let (made, blockCache) = block.forward(
        hidden[l], sequences: batch.sequences, turns: turns)
      let (edited, editCache) = adaptation.forward(made, afterBlock: l, of: batch)
      hidden.append(edited)
      blocks.append(blockCache)
      edits.append(editCache)
    }
    let rows = batch.targets.map(\.row)
    let (logits, normed, norm) = decoder.unembed(hidden[blocks.count].gathered(rows: rows))
    let cache = Cache(
      batch: batch, hidden: hidden, blocks: blocks, edits: edits, normed: normed, norm: norm)
    return (logits, cache)
  }

  /// Adds the gradients of the decoder and of the adaptation to `gradient`, where it has room.
  public func backward(_ dlogits: Tensor, _ cache: Cache, into gradient: inout AdaptedDecoder) {
    let batch = cache.batch
    let dTargets = decoder.unembedBackward(
      dlogits, normed: cache.normed, cache.norm, into: &gradient.decoder)
    // Rows without a target hear nothing from the loss directly.
    var dh = Tensor.zeros(like: cache.hidden[0])
    dh.scatterAdd(dTargets, rows: batch.targets.map(\.row))
    for l in decoder.blocks.indices.reversed() {
      dh = adaptation.backward(
        dh, cache.edits[l], afterBlock: l, into: &gradient.adaptation)
      dh = decoder.blocks[l].backward(dh, cache.blocks[l], into: &gradient.decoder.blocks[l])
    }
    decoder.embedding.embedBackward(dh, batch.tokens, into: &gradient.decoder.embedding)
  }
}

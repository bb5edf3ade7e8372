/// Everything that one example makes in a model, by name, for comparing with another program.
///
///     tensors    hidden.0      [T, d]   the embeddings
///                hidden.{l+1}  [T, d]   after block l and its interventions
///                logits        [T, V]   at every token, of the prompt too
///                loss          [1]      mean over the targets: the tokens behind the prompt
///                grad.{name}            ∂loss/∂{name}, in the shape that {name} has in its file
///
///     T counts a method's own places in front, where it has some. Gradients are of what is trained;
///     without anything, of every weight of the base, where a tied matrix sums both its uses. That of
///     R is the one at Gram-Schmidt's input, A, where A = R.
///
///     units      loss in nats per target token; without targets it is 0, and so is every gradient
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 3.2, eq. 4, and section 3.3, eq. 7
///     differs    h⁰ and hˡ⁺¹ are the paper's; layers of files count from 0
extension AdaptedDecoder {
  public func trace(_ example: TokenSequence) -> Safetensors {
    let isAdapted = trainedCount > 0
    let (loss, gradient) = lossAndGradient(
      of: [example], zero: isAdapted ? adaptationOnly : zeroed, threads: 1)
    let hidden = forward(Batch([decoder.placed(example)])).cache.hidden
    var trace = Safetensors()
    for (l, h) in hidden.enumerated() { trace.tensors["hidden.\(l)"] = .matrix(h) }
    trace.tensors["logits"] = .matrix(
      decoder.unembed(decoder.norm.forward(hidden[decoder.blocks.count]).y))
    trace.tensors["loss"] = .vector(Tensor([[Scalar(loss)]]))
    let gradients = isAdapted ? Safetensors(Trained(gradient)) : Safetensors(gradient.decoder)
    for (name, stored) in gradients.tensors { trace.tensors["grad.\(name)"] = stored }
    trace.metadata["tokens"] = example.tokens.map(String.init).joined(separator: ",")
    trace.metadata["prompt_length"] = String(example.promptLength)
    return trace
  }
}

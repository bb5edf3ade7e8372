// The steps around the model: normalizer, pre_tokenizer and decoder of tokenizer.json, understood or
// refused by name.
//
// Each of our steps does what Hugging Face's of that name does, so they may be combined as a file
// likes. Only Metaspace must stand alone: it asks where in the text a piece began, and another step
// may have lost that.

extension TokenizerFile.Part {
  /// A sequence's parts, or the part itself.
  fileprivate var steps: [Self] {
    type == "Sequence" ? normalizers ?? pretokenizers ?? processors ?? decoders ?? [] : [self]
  }

  /// Where a Metaspace puts its mark; nil if the mark is not `▁` or the place is not known.
  fileprivate var front: SpaceMarker.Front? {
    guard replacement?.unicodeScalars.elementsEqual([SpaceMarker.mark]) == true else { return nil }
    switch prependScheme ?? (addPrefixSpace == false ? "never" : "always") {
    case "always": return .unlessMarked
    case "first": return .atStartUnlessMarked
    case "never": return .never
    default: return nil
    }
  }
}

extension TokenizerFile {
  private static let mark = String(SpaceMarker.mark)

  func spaceMarker() throws(TokenizerProblem) -> SpaceMarker? {
    let steps = normalizer?.steps ?? []
    let prepend = Part(type: "Prepend", prepend: Self.mark)
    let replace = Part(type: "Replace", pattern: Pattern(string: " "), content: Self.mark)
    if steps == [] { return nil }
    if steps == [replace] { return SpaceMarker(front: .never) }
    try Self.require(
      steps == [prepend, replace], "normalizer", steps,
      "null, or \"Prepend\" of \"▁\" and \"Replace\" of \" \" by \"▁\",")
    return SpaceMarker(front: .always)
  }

  func preTokenizers() throws(TokenizerProblem) -> [PreTokenizer] {
    let parts = preTokenizer?.steps ?? []
    // A second ByteLevel would spell the spelling of the first, and each makes a text twice as long.
    guard Set(parts.map(\.type)).count == parts.count else {
      throw .unsupported(
        field: "pre_tokenizer", found: "with the same step twice", accepted: "each step once")
    }
    return try parts.map { part throws(TokenizerProblem) in
      let expression = WordExpression(rawValue: part.pattern?.regex ?? "")
      switch part.type {
      case "ByteLevel":
        return .byteLevel(
          addsSpace: part.addPrefixSpace == true, words: part.useRegex == false ? nil : .gpt2)
      case "Digits" where part.individualDigits == true: return .digits
      case "Split" where part.behavior == "Isolated" && part.invert != true:
        if let expression { return .words(expression) }
      case "Metaspace" where parts.count == 1 && (normalizer?.steps ?? []).isEmpty:
        if let front = part.front {
          return .metaspace(SpaceMarker(front: front), splits: part.split != false)
        }
      default: break
      }
      throw .unsupported(
        field: "pre_tokenizer", found: quoted(part.pattern?.regex ?? part.type),
        accepted:
          "null, \"ByteLevel\", \"Digits\" one by one, \"Split\" by the expression of GPT-2 or "
          + "Llama 3, or \"Metaspace\" of \"▁\" alone,")
    }
  }

  func tokenDecoder() throws(TokenizerProblem) -> TokenDecoder {
    let steps = decoder?.steps ?? []
    let undo = [
      Part(type: "Replace", pattern: Pattern(string: Self.mark), content: " "),
      Part(type: "ByteFallback"), Part(type: "Fuse"),
    ]
    let strip = Part(type: "Strip", content: " ", start: 1, stop: 0)
    if steps == undo || steps == undo + [strip] {
      return .byteFallback(dropsSpace: steps != undo)
    }
    if steps.count == 1, steps[0].type == "Metaspace", let front = steps[0].front {
      return .metaspace(dropsFirst: front != .never)
    }
    try Self.require(
      steps.map(\.type) == ["ByteLevel"], "decoder", steps,
      "\"ByteLevel\", \"Metaspace\", or \"Replace\" of \"▁\" by \" \", \"ByteFallback\", \"Fuse\" and "
        + "\"Strip\" of one \" \"")
    return .byteLevel
  }

  private static func require(
    _ condition: Bool, _ field: String, _ steps: [Part], _ accepted: String
  ) throws(TokenizerProblem) {
    let found = steps.prefix(8).map { quoted($0.type) }.joined(separator: ", ")
    guard condition else {
      throw .unsupported(
        field: field, found: found.isEmpty ? "null" : found, accepted: accepted)
    }
  }
}

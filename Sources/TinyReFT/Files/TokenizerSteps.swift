// The steps around the model: normalizer, pre_tokenizer and decoder of tokenizer.json, understood or
// refused by name.
//
// Each of our steps does what Hugging Face's of that name does, so they may be combined as a file
// likes. Only Metaspace must stand alone: it asks where in the text a piece began, and another step
// may have lost that.

extension JSON {
  /// The steps of a Sequence, which has them under one of four names, or the one step; none if null.
  fileprivate func steps() throws -> [JSON] {
    guard let step = ifThere else { return [] }
    guard try step.type() == "Sequence" else { return [step] }
    for name in ["normalizers", "pretokenizers", "processors", "decoders"] {
      if let parts = try step[name].ifThere { return try parts.array() }
    }
    return []
  }

  fileprivate func type() throws -> String { try self["type"].string() }

  fileprivate func isTrue(_ name: String) throws -> Bool? {
    try self[name].ifThere?.bool()
  }

  /// A Replace of one text by another.
  fileprivate func replaces(_ old: String, by new: String) throws -> Bool {
    guard try type() == "Replace" else { return false }
    return try self["pattern"].ifThere?["String"].ifThere?.string() == old
      && self["content"].ifThere?.string() == new
  }

  /// Where a Metaspace puts its mark; nil if the mark is not `▁` or the place is not known.
  fileprivate func front() throws -> SpaceMarker.Front? {
    let mark = try self["replacement"].ifThere?.string()
    guard mark?.unicodeScalars.elementsEqual([SpaceMarker.mark]) == true else { return nil }
    let old = try isTrue("add_prefix_space") == false ? "never" : "always"
    switch try self["prepend_scheme"].ifThere?.string() ?? old {
    case "always": return .unlessMarked
    case "first": return .atStartUnlessMarked
    case "never": return .never
    default: return nil
    }
  }

  /// Which steps stand there, and which could.
  fileprivate func unsupportedSteps(_ accepted: String) throws -> FileError {
    let types = try steps().prefix(8).map { quoted(try $0.type()) }
    return error(
      "is \(types.isEmpty ? "null" : types.joined(separator: ", "))", "supported: \(accepted)")
  }
}

private let spaceMark = String(SpaceMarker.mark)

extension SpaceMarker {
  init?(normalizer: JSON) throws {
    let steps = try normalizer.steps()
    guard let last = steps.last else { return nil }
    let first = steps[0]
    let prepends =
      try steps.count == 2 && first.type() == "Prepend"
      && first["prepend"].ifThere?.string() == spaceMark
    guard steps.count == 1 || prepends, try last.replaces(" ", by: spaceMark) else {
      throw try normalizer.unsupportedSteps(
        "null, or \"Prepend\" of \"▁\" and \"Replace\" of \" \" by \"▁\"")
    }
    self.init(front: prepends ? .always : .never)
  }
}

extension PreTokenizer {
  static func steps(
    _ preTokenizer: JSON, after normalizer: JSON
  ) throws -> [PreTokenizer] {
    let parts = try preTokenizer.steps()
    let types = try parts.map { try $0.type() }
    // A second ByteLevel would spell the spelling of the first, and each makes a text twice as long.
    guard Set(types).count == types.count else {
      throw preTokenizer.error("has the same step twice", "supported: each step once")
    }
    let isAlone = try parts.count == 1 && normalizer.steps().isEmpty
    var steps: [PreTokenizer] = []
    for (part, type) in zip(parts, types) {
      let regex = try part["pattern"].ifThere?["Regex"].ifThere?.string() ?? ""
      guard let step = try step(part, type, regex, isAlone) else {
        throw preTokenizer.error(
          "is \(quoted(regex.isEmpty ? type : regex))",
          "supported: null, \"ByteLevel\", \"Digits\" one by one, \"Split\" by the expression of "
            + "GPT-2 or Llama 3, or \"Metaspace\" of \"▁\" alone")
      }
      steps.append(step)
    }
    return steps
  }

  /// `add_prefix_space` of tokenizer_config.json: transformers' class for GPT-2 goes by it and not by the
  /// file, that for Llama would make tokenizer.json again if it said something else, and others do not
  /// ask.
  static func addSpace(
    _ steps: inout [PreTokenizer], after normalizer: SpaceMarker?, _ field: JSON,
    _ readBy: TokenizerClass?, _ file: JSON
  ) throws {
    switch readBy {
    case .gpt2:
      if case .byteLevel(_, let words) = steps.first, try file.type() == "ByteLevel" {
        steps = [.byteLevel(addsSpace: try field.ifThere?.bool() ?? false, words: words)]
      }
    case .llama, .none:
      guard let adds = try field.ifThere?.bool() else { return }
      var front = normalizer?.front ?? .never
      if case .metaspace(let marker, _) = steps.first { front = marker.front }
      guard adds == (front != .never) else {
        throw field.unsupported("\(!adds), as tokenizer.json has it, or null")
      }
    default: return
    }
  }

  private static func step(
    _ part: JSON, _ type: String, _ regex: String, _ isAlone: Bool
  ) throws -> PreTokenizer? {
    switch type {
    case "ByteLevel":
      return .byteLevel(
        addsSpace: try part.isTrue("add_prefix_space") == true,
        words: try part.isTrue("use_regex") == false ? nil : .gpt2)
    case "Digits": return try part.isTrue("individual_digits") == true ? .digits : nil
    case "Split":
      let isIsolated = try part["behavior"].ifThere?.string() == "Isolated"
      guard isIsolated, try part.isTrue("invert") != true else { return nil }
      return WordExpression(rawValue: regex).map { .words($0) }
    case "Metaspace":
      guard isAlone, let front = try part.front() else { return nil }
      return .metaspace(SpaceMarker(front: front), splits: try part.isTrue("split") != false)
    default: return nil
    }
  }
}

extension TokenDecoder {
  init(_ decoder: JSON) throws {
    let steps = try decoder.steps()
    let types = try steps.map { try $0.type() }
    let undo = ["Replace", "ByteFallback", "Fuse"]
    if types.starts(with: undo), try steps[0].replaces(spaceMark, by: " ") {
      if types == undo {
        self = .byteFallback(dropsSpace: false)
        return
      }
      let (content, start, stop) = try (
        steps[3]["content"].ifThere?.string(), steps[3]["start"].ifThere?.int(),
        steps[3]["stop"].ifThere?.int()
      )
      if types == undo + ["Strip"], content == " ", start == 1, stop == 0 {
        self = .byteFallback(dropsSpace: true)
        return
      }
    }
    if types == ["Metaspace"], let front = try steps[0].front() {
      self = .metaspace(dropsFirst: front != .never)
    } else if types == ["ByteLevel"] {
      self = .byteLevel
    } else {
      throw try decoder.unsupportedSteps(
        "\"ByteLevel\", \"Metaspace\", or \"Replace\" of \"▁\" by \" \", \"ByteFallback\", \"Fuse\" "
          + "and \"Strip\" of one \" \"")
    }
  }
}

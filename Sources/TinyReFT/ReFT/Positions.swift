/// Which positions of a prompt are edited: the first P and the last S tokens, or all of them.
///
/// Written `f2+l3`, `f2`, `l3`, `all` or `every`. The beginning-of-text token counts. Completions are
/// edited by `every` alone, which is not ReFT as the paper has it.
///
///     units      tokens
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 4.1
///     differs    the paper never edits generated tokens; pyreft's code halves short prompts by
///                another rule (see the chapter)
public enum Positions: Sendable, Equatable, CustomStringConvertible {
  /// `prefix` tokens from the front and `suffix` tokens from the end.
  case ends(prefix: Int, suffix: Int)
  case all
  /// All of the prompt, and every token that is generated after it.
  case every

  /// nil unless `text` is of the form `fP+lS`, `fP`, `lS` (P and S at least 1), `all` or `every`.
  ///
  /// `Int` reads nothing but ASCII digits behind a sign; a plus sign here only separates.
  public init?(_ text: String) {
    if text == "all" || text == "every" {
      self = text == "all" ? .all : .every
      return
    }
    var counts: [Character: Int] = [:]
    for part in text.split(separator: "+", omittingEmptySubsequences: false) {
      guard let kind = part.first, kind == "l" || (kind == "f" && counts["l"] == nil),
        let count = Int(part.dropFirst()), count > 0, counts[kind] == nil
      else { return nil }
      counts[kind] = count
    }
    self = .ends(prefix: counts["f"] ?? 0, suffix: counts["l"] ?? 0)
  }

  public var description: String {
    switch self {
    case .all: "all"
    case .every: "every"
    case .ends(let prefix, 0): "f\(prefix)"
    case .ends(0, let suffix): "l\(suffix)"
    case .ends(let prefix, let suffix): "f\(prefix)+l\(suffix)"
    }
  }

  /// How many tokens are edited at each end of a prompt of n tokens.
  ///
  /// A prompt too short for both ends is shared between them, the suffix getting the middle one:
  /// if n < P + S, then P ← min(P, ⌊n/2⌋) and S ← min(S, ⌈n/2⌉).
  public func ends(ofPrompt n: Int) -> (prefix: Int, suffix: Int) {
    switch self {
    case .all, .every: (n, 0)
    case .ends(let prefix, let suffix) where prefix <= n && suffix <= n - prefix: (prefix, suffix)
    case .ends(let prefix, let suffix): (min(prefix, n / 2), min(suffix, (n + 1) / 2))
    }
  }
}

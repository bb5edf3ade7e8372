/// Which positions of a prompt are edited: a prefix and a suffix, or all of them.
///
/// The beginning-of-text token counts. Completions are edited by `every` alone, which is not ReFT as the
/// paper has it.
///
///     units      tokens
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 4.1
///     differs    the paper never edits generated tokens; pyreft's code takes at
///                most ⌊n/2⌋ tokens at either end, of every prompt
public enum Positions: Sendable, Equatable {
  /// `prefix` tokens from the front and `suffix` tokens from the end.
  case ends(prefix: Int, suffix: Int)
  case all
  /// All of the prompt, and every token that is generated after it.
  case every

  /// How many tokens are edited at each end of a prompt of n tokens; `every` goes on behind the prompt.
  ///
  /// In a prompt too short for both, each end has at most a half, the suffix the larger one, whether or
  /// not there is another end: prefix ← min(prefix, ⌊n/2⌋), suffix ← min(suffix, ⌈n/2⌉).
  public func ends(ofPrompt n: Int) -> (prefix: Int, suffix: Int) {
    switch self {
    case .all: (n, 0)
    case .every: (Int.max, 0)
    case .ends(let prefix, let suffix) where prefix <= n && suffix <= n - prefix: (prefix, suffix)
    case .ends(let prefix, let suffix): (min(prefix, n / 2), min(suffix, (n + 1) / 2))
    }
  }
}

/// Which positions of a layer share one Φ: how a layer's positions become interventions.
///
///     layer      one Φ for all of them                       {⟨Φ, P, l⟩}           "tied"
///     side       one for the prefix, one for the suffix      {⟨Φ₁, prefix, l⟩, ⟨Φ₂, suffix, l⟩}
///     position   one for each                                {⟨Φₚ, {p}, l⟩ : p ∈ P}
///
///     paper      Wu et al. 2024, arXiv:2404.03592v3, section 4.1: tied and untied
///     differs    the paper's text defines untied as `position`; its parameter counts and pyreft's
///                code mean `side`, which is the default here
public enum Sharing: String, Sendable, CaseIterable, Codable {
  case layer, side, position

  /// The sets of positions that each get a Φ of their own, in the order of their names.
  ///
  /// Empty when `position` meets `all` or `every`, for how many Φ there are must not depend on the prompt.
  func groups(of positions: Positions) -> [PositionSet] {
    guard case .ends(let prefix, let suffix) = positions else {
      switch self {
      case .layer: return [PositionSet(name: "shared", prefix: 0..<Int.max, suffix: 0..<0)]
      case .side: return [PositionSet(name: "prefix", prefix: 0..<Int.max, suffix: 0..<0)]
      case .position: return []
      }
    }
    switch self {
    case .layer:
      return [PositionSet(name: "shared", prefix: 0..<prefix, suffix: 0..<suffix)]
    case .side:
      let sides = [
        PositionSet(name: "prefix", prefix: 0..<prefix, suffix: 0..<0),
        PositionSet(name: "suffix", prefix: 0..<0, suffix: 0..<suffix),
      ]
      return sides.filter { !$0.isEmpty }
    case .position:
      return (0..<prefix).map { i in
        PositionSet(name: "prefix.\(i)", prefix: i..<i + 1, suffix: 0..<0)
      }
        + (0..<suffix).map { i in
          PositionSet(name: "suffix.\(i)", prefix: 0..<0, suffix: i..<i + 1)
        }
    }
  }
}

/// P of an intervention ⟨Φ, P, l⟩: a set of positions, meant for prompts of any length.
///
///     units      `prefix` counts from the first token, `suffix` from the last prompt token (0)
///     paper      Wu et al. 2024, arXiv:2404.03592v3, definition 3.1
///     differs    P there is a set of numbers for one n; here it is a rule that gives one for each n
struct PositionSet: Sendable, Equatable {
  /// What the set is called in files: `shared`, `prefix`, `suffix`, `prefix.0`, …
  let name: String
  let prefix: Range<Int>
  let suffix: Range<Int>

  var isEmpty: Bool { prefix.isEmpty && suffix.isEmpty }

  /// Whether no prompt has a position in both sets. A prefix never meets a suffix, however short the
  /// prompt: `Positions` keeps its two ends apart.
  func isDisjoint(from other: PositionSet) -> Bool {
    !prefix.overlaps(other.prefix) && !suffix.overlaps(other.suffix)
  }

  /// The positions of this set in a text that begins with a prompt of n tokens, when `positions` are
  /// edited in all; in ascending order.
  func ranges(ofPrompt n: Int, of positions: Positions) -> [Range<Int>] {
    let ends = positions.ends(ofPrompt: n)
    let back = suffix.clamped(to: 0..<ends.suffix)
    return [prefix.clamped(to: 0..<ends.prefix), n - back.upperBound..<n - back.lowerBound]
  }
}

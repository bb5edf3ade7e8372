// Positions as flags and files write them: `f2+l3`, `f2`, `l3`, `all` or `every`.

extension Positions: CustomStringConvertible {
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
}

extension Sharing {
  /// How many sets `groups(of:)` gives.
  func groupCount(of positions: Positions) -> Int {
    switch (self, positions) {
    case (.position, .all), (.position, .every): 0
    case (.layer, _), (.side, .all), (.side, .every): 1
    case (.side, .ends(let prefix, let suffix)): (prefix > 0 ? 1 : 0) + (suffix > 0 ? 1 : 0)
    case (.position, .ends(let prefix, let suffix)): prefix + suffix
    }
  }
}

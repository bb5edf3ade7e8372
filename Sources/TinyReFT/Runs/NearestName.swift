/// The candidate that was probably meant by `name`, if one is near enough to be worth a question.
///
/// Besides slips of the fingers it knows two habits: a part of the name (`--batch`) and its
/// initials (`--lr`).
public func nearestName(to name: String, in candidates: [String]) -> String? {
  // So long a name is near to none, and to find that out would take long.
  guard name.utf8.count <= 100 else { return nil }
  let name = name.lowercased()
  let ranked = candidates.map { candidate in
    (candidate, distance: isShorthand(name, of: candidate) ? 1 : editDistance(name, candidate))
  }
  guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(1, name.count / 2) ? best.0 : nil
}

private func isShorthand(_ name: String, of candidate: String) -> Bool {
  let initials = String(candidate.split(separator: "-").compactMap(\.first))
  return name.count > 1
    && (candidate.hasPrefix(name) || name.hasPrefix(candidate) || initials == name)
}

/// How many insertions, deletions, replacements and swaps of neighbours lead from `a` to `b`.
///
///     paper      Damerau 1964, "A technique for computer detection and correction of spelling
///                errors"
///     differs    no letter is edited twice ("optimal string alignment")
func editDistance(_ a: String, _ b: String) -> Int {
  let (a, b) = (Array(a), Array(b))
  // rows[i][j] is the distance of the first i letters of a from the first j letters of b.
  var rows = [Array(0...b.count)]
  for i in 0..<a.count {
    var row = [i + 1]
    for j in 0..<b.count {
      var best = min(rows[i][j] + (a[i] == b[j] ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        best = min(best, rows[i - 1][j - 1] + 1)
      }
      row.append(best)
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}

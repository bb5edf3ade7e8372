/// What a frozen base makes unnecessary: the loss keeps every bit, the gradient all but rounding.
public struct Savings: OptionSet, Sendable {
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  /// The last block makes only the rows that the loss reads, and no block reads the last token of a
  /// sequence, behind which there is no target.
  public static let rows = Savings(rawValue: 1)

  /// The gradient goes no further down than the lowest edit.
  public static let backward = Savings(rawValue: 2)

  /// What enters the lowest edit is computed once for each example, and kept.
  public static let hidden = Savings(rawValue: 4)

  /// So are, in the blocks above, keys and values of the tokens before the first edited one, which
  /// then have no rows at all. Needs `hidden`.
  public static let keys = Savings(rawValue: 8)

  public static let all: Savings = [.rows, .backward, .hidden, .keys]
}

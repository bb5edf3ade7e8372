/// Text of a model that comes byte by byte: whole characters only, and nothing from a stop text on.
///
/// Bytes at the end that may begin a character, or the stop text, wait for those that follow.
public struct TextStream {
  private let stop: [UInt8]
  private var waiting: [UInt8] = []
  /// Whether the stop text has come.
  public private(set) var isOver = false

  /// Without a stop text nothing ends it.
  public init(stop: String? = nil) { self.stop = Array((stop ?? "").utf8) }

  /// What can be shown now that these have come, too. Bytes that are no characters become U+FFFD.
  public mutating func text(after bytes: [UInt8]) -> String {
    guard !isOver else { return "" }
    waiting += bytes
    if let end = stop.isEmpty ? nil : waiting.firstRange(of: stop) {
      isOver = true
      waiting.removeSubrange(end.lowerBound...)
      return rest()
    }
    let held = max(Self.unfinished(waiting), begunStop)
    defer { waiting.removeFirst(waiting.count - held) }
    return String(decoding: waiting.dropLast(held), as: UTF8.self)
  }

  /// What has waited in vain.
  public mutating func rest() -> String {
    defer { waiting = [] }
    return String(decoding: waiting, as: UTF8.self)
  }

  /// How many bytes at the end may begin the stop text.
  private var begunStop: Int {
    let most = min(waiting.count, stop.count - 1)
    return stride(from: most, to: 0, by: -1).first { waiting.suffix($0) == stop.prefix($0) } ?? 0
  }

  /// How many bytes at the end begin a character that others may complete.
  static func unfinished(_ bytes: [UInt8]) -> Int {
    let tail = bytes.reversed().prefix(3)
    guard let back = tail.firstIndex(where: { $0 & 0xC0 != 0x80 }) else { return 0 }
    let length = tail[back] < 0xC0 ? 1 : tail[back] < 0xE0 ? 2 : tail[back] < 0xF0 ? 3 : 4
    let count = tail.distance(from: tail.startIndex, to: back) + 1
    return count < length ? count : 0
  }
}

import Foundation

/// One JSON value a line: the format of tasks, which a person can read and a program can append to.
///
///     format     each line a JSON value; lines end in LF or CR LF; blank lines are skipped
///     units      lines count from 1, as in an editor
///     differs    from JSON Lines: blank lines and a byte order mark are let pass when reading
enum JSONLines {
  /// The values of a file in order. Throws when there are none.
  static func read(_ url: URL) throws(FileError) -> [JSON] {
    // Bytes, because to Swift CR LF is one Character, which is not equal to LF.
    let lines = try readBytes(url).split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    var values: [JSON] = []
    for (index, line) in lines.enumerated() where !line.allSatisfy(" \t\r".utf8.contains) {
      values.append(try JSON(line, of: url, line: index + 1))
    }
    guard !values.isEmpty else { throw FileError(url, "has no lines", "write at least one") }
    return values
  }

  /// One object a line, keys sorted, a newline after the last; the file appears whole or not at all.
  static func write(_ values: [some Encodable], to url: URL) throws(FileError) {
    var text = Data()
    do {
      for value in values { text += try JSONCoding.text(value) + Data("\n".utf8) }
    } catch { throw .hasNoForm(url) }
    try writeAtomically(text, to: url)
  }
}

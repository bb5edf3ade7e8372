import Foundation

/// One JSON value a line: the format of tasks, which a person can read and a program can append to.
///
///     format     each line a JSON value; lines end in LF or CR LF; blank lines are skipped
///     units      lines count from 1, as in an editor
///     differs    from JSON Lines: blank lines and a byte order mark are let pass when reading
enum JSONLines {
  /// The values of a file in order. Throws when there are none.
  static func read(_ url: URL) throws(FileError) -> [JSON] {
    var values: [JSON] = []
    for (number, line) in try lines(url) {
      let first = line.first { !" \t\r".utf8.contains($0) }
      guard first != UInt8(ascii: "[") else {
        throw FileError(
          url, at: "line \(number)", "begins an array",
          "write one object a line, without brackets")
      }
      values.append(try JSON(line, of: url, line: number))
    }
    return values
  }

  /// The lines of a file that are not blank, by their numbers. Throws when there are none.
  static func lines(_ url: URL) throws(FileError) -> [(number: Int, bytes: ArraySlice<UInt8>)] {
    let (bytes, mark) = (try readBytes(url), Array("\u{FEFF}".utf8))
    // Bytes, because to Swift CR LF is one Character, which is not equal to LF.
    let lines = bytes.dropFirst(bytes.starts(with: mark) ? mark.count : 0).split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let written = zip(1..., lines).filter { $1.contains { !" \t\r".utf8.contains($0) } }
    guard !written.isEmpty else { throw FileError(url, "has no lines", "write at least one") }
    return written.map { (number: $0, bytes: $1) }
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

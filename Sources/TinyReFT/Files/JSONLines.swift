import Foundation

/// One JSON value a line: the format of tasks, which a person can read and a program can append to.
///
///     format     each line a JSON value; lines end in LF or CR LF; blank lines are skipped
///     units      lines count from 1, as in an editor
///     differs    from JSON Lines: blank lines and a byte order mark are let pass when reading
public enum JSONLines {
  /// The values of a file in order. A file without any is an error only if `allowsEmpty` is false.
  public static func read<Value: Decodable>(
    _ type: Value.Type = Value.self, from url: URL, allowsEmpty: Bool = true
  ) throws(JSONLinesError) -> [Value] {
    try readNumbered(type, from: url, allowsEmpty: allowsEmpty).map(\.value)
  }

  /// The same, each with the number of its line.
  static func readNumbered<Value: Decodable>(
    _ type: Value.Type, from url: URL, allowsEmpty: Bool
  ) throws(JSONLinesError) -> [(line: Int, value: Value)] {
    let bytes: [UInt8]
    do { bytes = try readBytes(url) } catch { throw JSONLinesError(url, .disk(error)) }
    var values: [(line: Int, value: Value)] = []
    // Bytes, because to Swift CR LF is one Character, which is not equal to LF.
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !line.allSatisfy(" \t\r".utf8.contains) {
      do { values.append((index + 1, try JSONText.decode(type, from: Array(line)))) } catch {
        throw JSONLinesError(url, .line(index + 1, error))
      }
    }
    guard allowsEmpty || !values.isEmpty else { throw JSONLinesError(url, .empty) }
    return values
  }

  /// One object a line, keys sorted, a newline after the last; the file appears whole or not at all.
  public static func write(
    _ values: [some Encodable], to url: URL
  ) throws(JSONLinesError) {
    var bytes: [UInt8] = []
    for (index, value) in values.enumerated() {
      do { bytes += try JSONText.encode(value) + [UInt8(ascii: "\n")] } catch {
        throw JSONLinesError(url, .line(index + 1, error))
      }
    }
    do { try writeAtomically(bytes, to: url) } catch { throw JSONLinesError(url, .disk(error)) }
  }
}

public typealias JSONLinesError = FileError<JSONLinesProblem>

/// The ways in which a JSON Lines file can fail.
public enum JSONLinesProblem: Error, Equatable, CustomStringConvertible {
  /// The disk refused.
  case disk(DiskProblem)
  /// This line, the first being 1, is not what it should be.
  case line(Int, JSONProblem)
  /// The file has no values, and the caller needs some.
  case empty

  public var description: String {
    switch self {
    case .disk(let problem): problem.description
    case .line(let number, let problem): "line \(number) \(problem)"
    case .empty: "has no lines; write at least one"
    }
  }
}

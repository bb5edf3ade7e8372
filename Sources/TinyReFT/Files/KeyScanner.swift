import Foundation

/// The keys of a JSON text by their bytes. Foundation's dictionaries do not tell them all apart: to them é
/// and e with an accent are one key, and of a key that comes twice they keep one value.
///
/// What is broken in the text is left to Foundation's parser, which reads it too.
struct KeyScanner {
  let bytes: [UInt8]
  var at = 0

  /// The members of the object at `path` in order, their values as they are written. Throws when a key
  /// comes twice, there or on the way there.
  static func members(
    of bytes: [UInt8], at path: [String], in file: URL
  ) throws(FileError) -> [(key: String, value: ArraySlice<UInt8>)] {
    var (scanner, start) = (KeyScanner(bytes: bytes), 0)
    var members: [(key: String, value: ArraySlice<UInt8>)] = []
    var seen = Array(repeating: Set<[UInt8]>(), count: path.count + 1)
    // By which keys one comes to each bracket that is open.
    var (open, key) = ([String](), "")
    while let token = scanner.next() {
      let depth = open.count - 1
      let isOnTheWay = seen.indices.contains(depth) && path.starts(with: open.dropFirst())
      switch token {
      case .key(let text):
        key = isOnTheWay ? Self.text(text) : ""
        guard isOnTheWay else { continue }
        guard seen[depth].insert(Array(key.utf8)).inserted else {
          throw FileError(file, "has the key \(quoted(key)) twice", "remove one")
        }
        if depth == path.count { members.append((key, [])) }
        start = scanner.at
      case .open: open.append(key)
      case .close, .comma:
        if isOnTheWay, depth == path.count, !members.isEmpty {
          members[members.count - 1].value = bytes[start..<scanner.at - 1]
        }
        if case .close = token { _ = open.popLast() }
      }
    }
    return members
  }

  enum Token {
    /// What stands between its quotes. The scanner is then behind the colon.
    case key(ArraySlice<UInt8>)
    case open, close, comma
  }

  mutating func next() -> Token? {
    while at < bytes.count {
      at += 1
      switch bytes[at - 1] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): return .open
      case UInt8(ascii: "}"), UInt8(ascii: "]"): return .close
      case UInt8(ascii: ","): return .comma
      case UInt8(ascii: "\""):
        let start = at
        while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
          at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
        }
        let end = min(at, bytes.count)
        repeat { at += 1 } while at < bytes.count && " \t\r\n".utf8.contains(bytes[at])
        guard at < bytes.count, bytes[at] == UInt8(ascii: ":") else { continue }
        at += 1
        return .key(bytes[start..<end])
      default: break
      }
    }
    return nil
  }

  static func text(_ key: ArraySlice<UInt8>) -> String {
    guard key.contains(UInt8(ascii: "\\")) else { return String(decoding: key, as: UTF8.self) }
    let literal = Data("\"".utf8) + Data(key) + Data("\"".utf8)
    return (try? JSONSerialization.jsonObject(with: literal, options: .fragmentsAllowed)) as? String
      ?? ""
  }
}

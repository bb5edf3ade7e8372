/// How many accents one letter of a text may have: 30, as in Unicode's stream-safe text (UAX 15).
///
/// Before Swift compares texts it sorts the accents of each letter, n of them in n² steps: a key of 400 KB
/// of accents would take half a minute each time that it is looked up.
enum Accents {
  static let most = 30

  static func areTooMany(in text: String) -> Bool {
    guard text.utf8.count > most else { return false }
    var run = 0
    return text.unicodeScalars.contains { scalar in
      let isAccent =
        scalar.value >= 0x300 && scalar.properties.canonicalCombiningClass != .notReordered
      run = isAccent ? run + 1 : 0
      return run > most
    }
  }
}

extension KeyScanner {
  /// What stands between the quotes of each key.
  static func keys(of bytes: [UInt8], longerThan length: Int) -> [String] {
    var (scanner, keys) = (KeyScanner(bytes: bytes), [String]())
    while let token = scanner.next() {
      if case .key(let key) = token, key.count > length { keys.append(text(key)) }
    }
    return keys
  }
}

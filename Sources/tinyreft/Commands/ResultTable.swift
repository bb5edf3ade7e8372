import Foundation
import TinyReFT

/// The files in which `compare` and `sweep` show what came of their runs, all of one table.
struct ResultTable {
  private let names: [String]
  private let identity: RunIdentity

  /// The files by their names, and all that decides what will stand in them.
  init(of command: String, _ names: [String], arguments: [String], inputs: [RunInputs]) {
    self.names = names
    identity = RunIdentity(
      [command] + arguments, base: inputs.first?.baseFingerprint ?? "",
      data: inputs.map(\.data.fingerprint))
  }

  /// Throws when another table stands there, or a file that is nobody's: nothing is written over unasked.
  func refuseOther(in folder: RunFolder) throws {
    guard RunFolder.holds(names, at: folder.url), !identity.isOf(folder.url) else { return }
    throw OtherTable(folder: shown(folder.url), names: names)
  }

  func write(_ texts: [String], to folder: RunFolder) throws {
    try identity.write(to: folder.place())
    for (name, text) in zip(names, texts) {
      try folder.write(text, to: name)
    }
  }

  static func json(_ rows: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(rows), as: UTF8.self) + "\n"
  }

  /// What a table lacks, as its last lines.
  static func missing(_ reasons: [String]) -> String {
    reasons.isEmpty
      ? "" : "\nNot in the table:\n\n" + reasons.map { "- \($0)\n" }.joined()
  }
}

/// The results of other settings, data or base stand where these would be written.
private struct OtherTable: Error, CustomStringConvertible {
  let folder: String
  let names: [String]

  var description: String {
    "\(folder) holds a table of other settings, other data or another base, which would be lost; "
      + "remove \(names.joined(separator: ", ")), or choose another --out"
  }
}

import Foundation
import TinyReFT

/// The files in which `compare` and `sweep` show what came of their runs, all of one table.
struct ResultTable {
  private let names: [String]
  private let identity: RunIdentity
  /// By what the table is known again.
  private let identityFile: String

  /// The files NAME.json, NAME.md, …, and all that decides what will stand in them.
  init(_ name: String, _ kinds: [String], arguments: [String], inputs: [RunInputs]) {
    names = kinds.map { "\(name).\($0)" }
    identityFile = "\(name).settings.json"
    let all = arguments + inputs.dropFirst().map(\.data.fingerprint.text)
    identity = inputs[0].identity(all)
  }

  /// Throws when another table stands there, or a file that is nobody's: nothing is written over unasked.
  func refuseOther(in folder: RunFolder) throws {
    let all = names + [identityFile]
    guard RunFolder.holds(all, at: folder.url), !identity.isOf(folder.url, by: identityFile)
    else { return }
    throw Refusal(
      "\(shown(folder.url)) holds a table of other settings, other data or another base, which would "
        + "be lost", "remove \(all.joined(separator: ", ")), or choose another --out")
  }

  /// The table as NAME.json, and texts of the other kinds.
  func write(_ table: Table, _ texts: [String], to folder: RunFolder) throws {
    try identity.write(to: folder.place(), by: identityFile)
    try JSONCoding.write(table.objects, to: folder.place().appending(path: names[0]))
    for (name, text) in zip(names.dropFirst(), texts) { try folder.write(text, to: name) }
  }

  /// What a table lacks, and what in it is no measurement, as its last lines.
  static func notes(missing: [String], diverged: [String]) -> String {
    list("Not in the table:", missing)
      + list("Counted as nothing learned, because the numbers did not stay finite:", diverged)
  }

  private static func list(_ title: String, _ items: [String]) -> String {
    items.isEmpty ? "" : "\n\(title)\n\n" + items.map { "- \($0)\n" }.joined()
  }
}

import Foundation

/// The first thing that is read of a JSON file of our own: by which rules the rest is to be read.
///
/// A newer program may write other fields. Its files are called newer, and not damaged, because the
/// version is looked at before any of them. Every version that was ever released stays readable.
///
///     format     "format_version": 1, in reft.json, adapter.json and classifier.json, and in a
///                checkpoint's "run"
public enum FormatVersion {
  /// What this program writes, and the newest that it reads.
  static let current = 1

  /// That of the program itself, as `tinyreft --version` prints it.
  public static let program = "0.1.0"

  /// The file, if its version is one that this program reads.
  static func read(_ url: URL) throws(FileError) -> JSON { try checked(JSON.read(url)) }

  static func checked(_ json: JSON) throws(FileError) -> JSON {
    let field = try json["format_version"]
    // A number, so that 1.5 is a version that there is not, and not a broken file.
    let version = try field.number()
    guard version <= Double(current) else {
      throw FileError(
        json.file,
        "has format_version \(field.shown); tinyreft \(program) reads \(current)", "use a newer one"
      )
    }
    guard version == Double(current) else { throw field.unsupported("\(current)") }
    return json
  }
}
